import common from './kernels/common.wgsl?raw';

/** A compute shader ready to compile; `code` is its identity. Entry point `main`, workgroups of 64. */
export interface Kernel {
  name: string;
  code: string;
}

/** A kernel from WGSL text, with its compile-time constants declared in front. */
export function kernel(name: string, source: string, constants: Record<string, number> = {}): Kernel {
  const declared = Object.entries(constants).map(([key, value]) => `const ${key}: u32 = ${value}u;`);
  return { name, code: [...declared, common, source].join('\n') };
}
