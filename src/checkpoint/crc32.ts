/** CRC-32 as zip files have it (reflected, polynomial 0xEDB88320). */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value;
});

/** Of bytes that come in pieces. */
export class Crc32 {
  #value = 0xffff_ffff;

  add(bytes: Uint8Array): void {
    let value = this.#value;
    for (let i = 0; i < bytes.length; i++) value = table[(value ^ bytes[i]) & 0xff] ^ (value >>> 8);
    this.#value = value;
  }

  get value(): number {
    return ~this.#value >>> 0;
  }
}
