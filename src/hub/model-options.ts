/** What of a repository makes a model that can be read here. */
import { isUsed, isWeights } from '../checkpoint/guest-files';
import { WEIGHTS, WEIGHTS_INDEX } from '../checkpoint/weights';
import { ModelChoiceError, NotThereError } from './errors';
import type { Repository } from './list-repository';
import { FOLDER, addressText } from './model-address';
import { planBytes, type DownloadPlan, type RemoteFile } from './remote-file';

/** One part of a model that is in several files. */
const SPLIT = /-\d{5}-of-\d{5}\.gguf$/i;
/** Beside a model, what its images go through. */
const PROJECTOR = /(^|[/._-])mmproj/i;

/**
 * The models of a repository: its folder first, then each GGUF file; or the one that was asked for by its file. Throws
 * `NotThereError`, or `ModelChoiceError` where none can be read.
 */
export function modelOptions(repository: Repository, asked: string | null): DownloadPlan[] {
  const { name, commit, revision, files } = repository;
  const plan = (file: string | null, form: DownloadPlan['form'], of: readonly RemoteFile[]): DownloadPlan => {
    const address = addressText({ kind: 'repository', name, revision, file });
    return { name: form === 'file' ? of[0].path : name.split('/')[1], address, commit, form, files: of };
  };
  const single = (file: RemoteFile) => plan(file.path, 'file', [{ ...file, path: file.path.split('/').at(-1)! }]);
  const folder = folderFiles(files);
  if (asked !== null && asked !== FOLDER) {
    const file = files.find(({ path }) => path === asked);
    if (!file) throw new NotThereError(`${name} has no file ${asked}. Check the spelling.`);
    return [single(file)];
  }
  const singles = asked === FOLDER ? [] : files.filter(({ path }) => isSingle(path)).map(single);
  const named = singles.length > 0 ? FOLDER : asked;
  const options = [...(folder.length > 0 ? [plan(named, 'folder', folder)] : []), ...singles];
  if (options.length > 0) return options;
  const has = files.some(({ path }) => SPLIT.test(path))
    ? 'only a GGUF file in several parts'
    : 'neither a config.json with safetensors or ONNX weights nor a GGUF file';
  throw new ModelChoiceError(`${name} has ${has}, so it cannot be read here. Choose another model.`);
}

/** The one option that there is. Throws `ModelChoiceError`, which lists them, where there are several. */
export function onlyOption(options: readonly DownloadPlan[]): DownloadPlan {
  if (options.length === 1) return options[0];
  const lines = options.map((option) => `  ${option.address}  (${((planBytes(option) ?? 0) / 1e6).toFixed(1)} MB)`);
  throw new ModelChoiceError(`There are several models in it. Ask for one of these:\n${lines.join('\n')}`);
}

function isSingle(path: string): boolean {
  return /\.gguf$/i.test(path) && !SPLIT.test(path) && !PROJECTOR.test(path);
}

/** Safetensors go before ONNX, which would double the size, and those that an index names before a file beside it. */
function folderFiles(files: readonly RemoteFile[]): RemoteFile[] {
  const used = files.filter(({ path }) => isUsed(path));
  const has = (path: string) => used.some((file) => file.path === path);
  const weights = used.filter(({ path }) => isWeights(path));
  const dense = weights.filter(({ path }) => path.endsWith('.safetensors'));
  const chosen = dense.length > 0 ? dense.filter(({ path }) => path !== WEIGHTS || !has(WEIGHTS_INDEX)) : weights;
  if (!has('config.json') || chosen.length === 0) return [];
  return [...used.filter(({ path }) => !isWeights(path)), ...chosen];
}
