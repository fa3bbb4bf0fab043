/** Pictures of the page as files of their own: what styles say of each mark is written into it. */
import { download } from './download';

const properties = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-linejoin', 'opacity'],
  ...['font-family', 'font-size', 'font-weight', 'text-anchor', 'paint-order'],
] as const;
/** Pixels of a PNG for each unit of the drawing. */
const DENSITY = 3;

export function saveSvg(name: string, drawing: SVGSVGElement): void {
  download(`${name}.svg`, standaloneSvg(drawing), 'image/svg+xml');
}

export async function savePng(name: string, drawing: SVGSVGElement): Promise<void> {
  download(`${name}.png`, await png(drawing), 'image/png');
}

/** A drawing as an SVG document, with the page's colours of this moment. */
function standaloneSvg(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = drawing.querySelectorAll<SVGElement>('*');
  copy.querySelectorAll<SVGElement>('*').forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const property of properties) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute('class');
  });
  const { width, height } = sizeOf(drawing);
  copy.removeAttribute('class');
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ width, height })) ground.setAttribute(name, String(value));
  ground.setAttribute('fill', getComputedStyle(drawing.closest('.panel') ?? document.body).backgroundColor);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

/** The same as pixels. */
async function png(drawing: SVGSVGElement): Promise<Blob> {
  const { width, height } = sizeOf(drawing);
  const url = URL.createObjectURL(new Blob([standaloneSvg(drawing)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(DENSITY * width, DENSITY * height);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob();
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A file may hold more than the page shows of a drawing: its legend. */
function sizeOf({ viewBox, dataset }: SVGSVGElement): { width: number; height: number } {
  const { width, height } = viewBox.baseVal;
  return { width, height: Number(dataset['fileHeight'] ?? height) };
}
