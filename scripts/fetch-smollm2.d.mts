export class NoPackageError extends Error {}
export function fetchSmolLM2(): string;
