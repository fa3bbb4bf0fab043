import common from './kernels/common.wgsl?raw';
import { declarations } from './structs';

/** The device feature behind each extension of WGSL. */
export const extensionFeatures = { f16: 'shader-f16', subgroups: 'subgroups' } as const satisfies Record<
  string,
  GPUFeatureName
>;
export type Extension = keyof typeof extensionFeatures;

/** Whether kernels may use these extensions on a device. */
export const allows = ({ features }: GPUDevice, extensions: readonly Extension[]): boolean =>
  extensions.every((extension) => features.has(extensionFeatures[extension]));

/** The directives that a shader with these extensions begins with. */
export const enabling = (extensions: readonly Extension[]): string =>
  extensions.map((extension) => `enable ${extension};\n`).join('');

/** A compute shader ready to compile; `code` is its identity. Entry point `main`, workgroups of 64. */
export interface Kernel {
  name: string;
  code: string;
}

/**
 * A kernel from WGSL text. Declared in front of it are its compile-time constants, the structs that it names (structs.ts),
 * and the extensions that it needs.
 */
export function kernel(
  name: string,
  source: string,
  constants: Record<string, number> = {},
  extensions: readonly Extension[] = [],
): Kernel {
  const declared = Object.entries(constants).map(([key, value]) => `const ${key}: u32 = ${value}u;`);
  return { name, code: enabling(extensions) + [...declared, ...declarations(source), common, source].join('\n') };
}
