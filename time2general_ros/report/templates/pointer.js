// What is under the pointer, for those who cannot tell the colours apart: one of the names, or what a
// clear pixel is.
const nameUnderPointer = (stage, maskShown, namesOf, under) => {
  const canvas = document.createElement('canvas');
  stage.addEventListener('pointermove', (event) => {
    const mask = maskShown();
    if (!mask?.naturalWidth) return;
    const box = stage.getBoundingClientRect();
    [canvas.width, canvas.height] = [1, 1];
    const x = ((event.clientX - box.left) / box.width) * mask.naturalWidth;
    const y = ((event.clientY - box.top) / box.height) * mask.naturalHeight;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.drawImage(mask, Math.floor(x), Math.floor(y), 1, 1, 0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    const colour = `#${[r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('')}`;
    const { names, clear } = namesOf();
    const found = names.find((one) => one[1] === colour);
    under.textContent = a === 0 ? clear : found ? found[0] : '';
  });
  stage.addEventListener('pointerleave', () => { under.textContent = ''; });
};
