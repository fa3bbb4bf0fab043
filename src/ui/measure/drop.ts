/** Files that are dropped on the page: prompts, or something for the import. */

const promptEndings = /\.(csv|tsv|tab|txt|jsonl|ndjson|json|parquet)$/i;
/** JSON files of a model's folder. */
const modelFiles = /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|model.*\.index)\.json$/i;

export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** The files, if all of them may hold prompts; null for a folder, an archive or a model. */
export function promptFilesOf(data: DataTransfer | null): File[] | null {
  const folders = [...(data?.items ?? [])].some((item) => item.webkitGetAsEntry()?.isDirectory);
  const files = [...(data?.files ?? [])];
  const prompts = files.every(({ name }) => promptEndings.test(name) && !modelFiles.test(name));
  return !folders && prompts && files.length > 0 ? files : null;
}
