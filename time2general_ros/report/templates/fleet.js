(() => {
  const rows = [...document.querySelectorAll('#worst-table tbody tr')];
  const buttons = [...document.querySelectorAll('.filter button')];
  const told = document.getElementById('filtered');
  const has = (row, tag) => [...row.querySelectorAll('[data-tag]')].some((one) => one.dataset.tag === tag);
  const choose = (tag) => {
    for (const row of rows) row.hidden = tag !== '' && !has(row, tag);
    for (const button of buttons) button.setAttribute('aria-pressed', button.dataset.filter === tag);
    const shown = rows.filter((row) => !row.hidden).length;
    told.textContent = tag && `${shown} of ${rows.length} recordings: those with the tag ${tag}`;
  };
  // The address names the tag, so that a view can be sent and gone back to.
  const follow = () => {
    const tag = location.hash === '#worst' ? '' : /^#tag=(.+)$/.exec(location.hash)?.[1];
    if (buttons.some((button) => button.dataset.filter === tag)) choose(tag);
  };
  for (const button of buttons) {
    const { filter } = button.dataset;
    button.addEventListener('click', () => { location.hash = filter ? `tag=${filter}` : 'worst'; });
  }
  window.addEventListener('hashchange', follow);
  follow();
})();
