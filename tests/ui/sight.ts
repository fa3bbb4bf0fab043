/** How colours look: contrast (WCAG 2), OKLab, and dichromats' sight (Machado, Oliveira and Fernandes, 2009, severity 1). */
type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const matrices = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const satisfies Record<string, Matrix>;

export type Sight = keyof typeof matrices;
export const sights = Object.keys(matrices) as Sight[];

/** Linear light of `#rrggbb`. */
function light(hex: string): Triple {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return [red, green, blue];
}

const dot = (row: Triple, [x, y, z]: Triple) => row[0] * x + row[1] * y + row[2] * z;
const times = (matrix: Matrix, color: Triple): Triple => [
  dot(matrix[0], color),
  dot(matrix[1], color),
  dot(matrix[2], color),
];

export function contrast(one: string, other: string): number {
  const [dark, bright] = [one, other]
    .map((hex) => dot([0.2126, 0.7152, 0.0722], light(hex)) + 0.05)
    .sort((a, b) => a - b);
  return bright / dark;
}

function oklab(color: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    color,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(cones[0]), Math.cbrt(cones[1]), Math.cbrt(cones[2])],
  );
}

/** The smallest distance in OKLab between any two of these colours, as somebody sees them. */
export function closest(hexes: readonly string[], sight: Sight): number {
  const seen = hexes.map((hex) => {
    const [red, green, blue] = times(matrices[sight], light(hex)).map((value) => Math.min(1, Math.max(0, value)));
    return oklab([red, green, blue]);
  });
  const distances = seen.flatMap((a, i) =>
    seen.slice(0, i).map((b) => Math.hypot(...a.map((value, k) => value - b[k]))),
  );
  return Math.min(...distances);
}
