/** Checksums made as bytes come: Web Crypto wants all of them at once. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Checksum } from './remote-file';

/** Of one file's bytes, in their order. */
export class Hasher {
  readonly #sha256 = sha256.create();
  readonly #git: ReturnType<typeof sha1.create> | null;

  /** `size` is the file's: git hashes it before the content. */
  constructor(checksum: Checksum | null, size: number | null) {
    this.#git = checksum?.algorithm === 'git-sha1' && size !== null ? sha1.create() : null;
    this.#git?.update(new TextEncoder().encode(`blob ${size}\0`));
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#git?.update(bytes);
  }

  /** In hexadecimal. It takes no more bytes after this. */
  digest(): { sha256: string; git: string | null } {
    return { sha256: bytesToHex(this.#sha256.digest()), git: this.#git ? bytesToHex(this.#git.digest()) : null };
  }
}

/** Whether these bytes are those that the checksum is of. */
export function agrees({ sha256: found, git }: ReturnType<Hasher['digest']>, checksum: Checksum | null): boolean {
  if (checksum === null) return true;
  return checksum.hex === (checksum.algorithm === 'sha256' ? found : git);
}

/** SHA-256 of a text, in hexadecimal. */
export function textHash(text: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(text)));
}
