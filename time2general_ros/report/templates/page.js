'use strict';
(() => {
  const button = document.getElementById('theme');
  const names = ['auto', 'light', 'dark'];
  let place = 0;
  const show = () => {
    const name = names[place];
    if (name === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    button.setAttribute('aria-label', `Colours: ${name === 'auto' ? 'as the system has them' : name}`);
  };
  button.addEventListener('click', () => {
    place = (place + 1) % names.length;
    show();
  });
})();
