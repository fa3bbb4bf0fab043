/** A GGUF file that is not well-formed, contradicts itself, or is of a kind that cannot be read here. */
export class GgufError extends Error {
  override name = 'GgufError';
}

/** How a file is refused: `damaged` where it is not what its writer wrote, `unsupported` where it is of another kind. */
export interface Refusal {
  /** The file's name. */
  file: string;
  damaged: (why: string) => never;
  /** `supported` says what can be read in its place. */
  unsupported: (why: string, supported: string) => never;
}

export function refusalOf(file: string): Refusal {
  return {
    file,
    damaged: (why) => {
      throw new GgufError(`Cannot read ${file}: ${why}. Download it again.`);
    },
    unsupported: (why, supported) => {
      throw new GgufError(`Cannot use ${file}: ${why}. ${supported}`);
    },
  };
}
