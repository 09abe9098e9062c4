(() => {
  // Images under several masks, and those of strips among the frames, stand in the page once.
  for (const image of document.querySelectorAll('img[data-same]')) {
    image.src = document.getElementById(image.dataset.same).src;
  }
  const scrubbers = new Map();
  for (const root of document.querySelectorAll('.scrubber')) {
    const { frames, classes } = JSON.parse(root.querySelector('.data').textContent);
    const find = (name) => root.querySelector(name);
    const [stage, base, mask, range, mix] = ['.stage', '.base', '.stage .mask', '.frame', '.mix'].map(find);
    let place = 0;
    const show = (number) => {
      place = Math.min(frames.length - 1, Math.max(0, number));
      const { frame, time, flicker, shares, image, mask: tint } = frames[place];
      const inStrip = (kind) => document.getElementById(`${kind}-${root.dataset.camera}-${frame}`).src;
      base.src = image ?? inStrip('image');
      mask.src = tint ?? inStrip('mask');
      base.alt = `Frame ${frame} at ${time.toFixed(3)} s: ${shares}`;
      range.value = place;
      const told = flicker === null ? 'no frame before to compare with' : `${flicker.toFixed(2)} % changed`;
      range.setAttribute('aria-valuetext', `frame ${frame}, ${time.toFixed(3)} s`);
      find('.told').textContent = `Frame ${frame} · ${time.toFixed(3)} s · ${told} · ${shares}`;
      find('.under').textContent = '';
    };
    const nearest = (key, value) => {
      let best = 0;
      frames.forEach((frame, number) => {
        if (Math.abs(frame[key] - value) < Math.abs(frames[best][key] - value)) best = number;
      });
      show(best);
    };
    base.addEventListener('load', () => {
      stage.style.setProperty('--shape', `${base.naturalWidth} / ${base.naturalHeight}`);
    });
    range.addEventListener('input', () => show(Number(range.value)));
    const blend = () => { mask.style.opacity = mix.value / 100; };
    mix.addEventListener('input', blend);
    for (const button of root.querySelectorAll('.step')) {
      button.addEventListener('click', () => show(place + Number(button.dataset.step)));
    }
    nameUnderPointer(stage, () => mask, () => ({ names: classes, clear: 'unlabelled' }), find('.under'));
    blend();
    show(0);
    scrubbers.set(root.dataset.camera, { root, nearest });
  }

  const follow = () => {
    const found = /^#frame-(\d+)-(\d+)$/.exec(location.hash);
    const scrubber = found && scrubbers.get(found[1]);
    if (!scrubber) return;
    scrubber.nearest('frame', Number(found[2]));
    scrubber.root.scrollIntoView({ block: 'center' });
    scrubber.root.querySelector('.frame').focus({ preventScroll: true });
  };
  window.addEventListener('hashchange', follow);
  follow();

  for (const plot of document.querySelectorAll('svg[data-camera]')) {
    plot.addEventListener('click', (event) => {
      const scrubber = scrubbers.get(plot.dataset.camera);
      if (!scrubber || event.target.closest('a')) return;
      const box = plot.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * plot.viewBox.baseVal.width;
      const { left, right, low, high } = plot.dataset;
      const share = (x - left) / (right - left);
      if (share < 0 || share > 1) return;
      scrubber.nearest('time', Number(low) + share * (high - low));
      scrubber.root.scrollIntoView({ block: 'center' });
    });
  }

  const large = document.getElementById('large');
  for (const button of document.querySelectorAll('.picture')) {
    button.addEventListener('click', () => {
      large.querySelector('div').replaceChildren(button.querySelector('.stack').cloneNode(true));
      large.querySelector('p').textContent = button.querySelector('img').alt;
      large.showModal();
    });
  }
  for (const button of document.querySelectorAll('.copy')) {
    button.addEventListener('click', async () => {
      const code = button.previousElementSibling;
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = 'Selected';
      }
    });
  }
})();
