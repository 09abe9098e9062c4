(() => {
  const root = document.getElementById('flipper');
  if (!root) return;
  const { frames, classes, kinds } = JSON.parse(root.querySelector('.data').textContent);
  const find = (name) => root.querySelector(name);
  const [stage, base, range, mix] = ['.stage', '.base', '.frame', '.mix'].map(find);
  const masks = { a: find('.a'), b: find('.b'), marks: find('.marks') };
  const radios = [...root.querySelectorAll('input[name="which"]')];
  const beside = [...root.querySelectorAll('.beside')];
  let [place, which] = [0, 'a'];
  const show = (number) => {
    place = Math.min(frames.length - 1, Math.max(0, number));
    const one = frames[place];
    base.src = one.image;
    for (const name of Object.keys(masks)) {
      masks[name].src = one[name];
      masks[name].classList.toggle('hidden', name !== which);
    }
    const size = one.gap === null ? '' : Math.abs(one.gap).toFixed(2);
    const gap = size && ` · flicker B − A ${one.gap < 0 ? '−' : '+'}${size} points`;
    const shown = { a: 'A', b: 'B', marks: 'where they differ' }[which];
    const told = `${one.recording} · frame ${one.frame} · ${one.time.toFixed(3)} s`;
    base.alt = `${told}, ${shown}`;
    for (const figure of beside) {
      const [image, mask] = figure.querySelectorAll('img');
      [image.src, mask.src] = [one.image, one[figure.dataset.mask]];
      image.alt = `${told}, ${figure.dataset.text}`;
    }
    range.value = place;
    range.setAttribute('aria-valuetext', told);
    find('.told').textContent = `${shown}: ${told} · ${one.told}${gap}`;
    for (const radio of radios) radio.checked = radio.value === which;
    find('.under').textContent = '';
  };
  const choose = (name) => { which = name; show(place); };
  const flip = () => choose(which === 'a' ? 'b' : 'a');
  base.addEventListener('load', () => {
    stage.style.setProperty('--shape', `${base.naturalWidth} / ${base.naturalHeight}`);
  });
  range.addEventListener('input', () => show(Number(range.value)));
  const blend = () => {
    for (const mask of Object.values(masks)) mask.style.opacity = mix.value / 100;
  };
  mix.addEventListener('input', blend);
  for (const radio of radios) radio.addEventListener('change', () => choose(radio.value));
  for (const button of root.querySelectorAll('.step')) {
    button.addEventListener('click', () => show(place + Number(button.dataset.step)));
  }
  document.getElementById('turn').addEventListener('click', flip);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'f' && !event.ctrlKey && !event.metaKey && !event.altKey) flip();
  });
  const namesOf = () => (which === 'marks'
    ? { names: kinds, clear: 'the same in both' }
    : { names: classes, clear: 'unlabelled' });
  nameUnderPointer(stage, () => masks[which], namesOf, find('.under'));
  const follow = () => {
    const found = /^#at-(\d+)$/.exec(location.hash);
    if (!found) return;
    show(Number(found[1]));
    root.scrollIntoView({ block: 'center' });
    range.focus({ preventScroll: true });
  };
  window.addEventListener('hashchange', follow);
  blend();
  // The frame that differs most, until one asks for another.
  const sizes = frames.map((one) => Math.abs(one.gap ?? 0));
  show(sizes.indexOf(Math.max(...sizes)));
  follow();
})();
