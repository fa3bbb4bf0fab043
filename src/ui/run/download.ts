/** Hands a file to the visitor under this name. */
export function download(name: string, archive: ArrayBuffer): void {
  const url = URL.createObjectURL(new Blob([archive], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
