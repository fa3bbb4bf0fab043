import type {
  ChosenFile,
  CollectedFiles,
  FilePreview,
  GuessedMapping,
  LabelChoice,
} from '../../../workers/protocol/measuring';
import type { MeasuringClient } from '../measure/client';
import { messageOf } from './problem';

/** A file of prompts that was chosen, and what its columns are taken to mean. */
export interface ChosenPrompts {
  preview: FilePreview;
  mapping: GuessedMapping;
  /** To read it again where its worker is gone. */
  file: File;
}

/** The prompt files of the next measurement, and what they come to. */
export class PromptChoice {
  files = $state.raw<readonly ChosenPrompts[]>([]);
  /** Null until all files are understood. */
  collected = $state.raw<CollectedFiles | null>(null);
  /** Names of files that are being read. */
  reading = $state.raw<readonly string[]>([]);
  /** What was wrong with files, or with all of them together. */
  problems = $state.raw<readonly string[]>([]);

  readonly #worker: () => MeasuringClient;
  #collections = 0;

  constructor(worker: () => MeasuringClient) {
    this.#worker = worker;
  }

  /** What keeps them from being measured, or ''. */
  get obstacle(): string {
    if (this.reading.length > 0) return `${this.reading[0]} is being read`;
    if (this.files.length === 0) return 'choose prompts first';
    const open = this.files.find(({ mapping }) => lacksLabels(mapping));
    if (open) return `say which prompts of ${open.preview.file} are harmful`;
    return this.collected ? '' : (this.problems[0] ?? 'the prompts are being counted');
  }

  /** Reads files one after another; one that cannot be read holds up none. */
  async add(files: readonly File[]): Promise<void> {
    this.problems = [];
    this.reading = [...this.reading, ...files.map(({ name }) => name)];
    for (const file of files) {
      try {
        const preview = await this.#worker().ask('measuring.read', { file });
        this.files = [...this.files, { preview, mapping: preview.guess, file }];
      } catch (error) {
        this.problems = [...this.problems, messageOf(error)];
      }
      const at = this.reading.indexOf(file.name);
      this.reading = this.reading.filter((_, i) => i !== at);
    }
    await this.#collect();
  }

  async remove(fileId: string): Promise<void> {
    this.files = this.files.filter(({ preview }) => preview.fileId !== fileId);
    this.problems = [];
    await this.#worker().ask('measuring.drop', { fileId });
    await this.#collect();
  }

  async choosePrompt(fileId: string, prompt: string): Promise<void> {
    await this.#map(fileId, (mapping) => ({ ...mapping, benchmark: null, prompt }));
  }

  async chooseContext(fileId: string, context: string | null): Promise<void> {
    await this.#map(fileId, (mapping) => ({ ...mapping, benchmark: null, context }));
  }

  /** All prompts of a file have this label. */
  async labelWhole(fileId: string, whole: 'harmful' | 'benign' | null): Promise<void> {
    await this.#map(fileId, (mapping) => ({ ...mapping, benchmark: null, labels: { whole } }));
  }

  /** A column says which are harmful; its values are guessed. */
  async labelBy(fileId: string, column: string): Promise<void> {
    try {
      const values = await this.#worker().ask('measuring.values', { fileId, column });
      if (!values) {
        this.problems = [`Column ${column} has too many different values for a label. Choose another one.`];
        return;
      }
      await this.#map(fileId, (mapping) => ({ ...mapping, benchmark: null, labels: { column, values } }));
    } catch (error) {
      this.problems = [messageOf(error)];
    }
  }

  async labelValue(fileId: string, value: string, label: LabelChoice): Promise<void> {
    await this.#map(fileId, (mapping) => {
      if ('whole' in mapping.labels) return mapping;
      const values = { ...mapping.labels.values, [value]: label };
      return { ...mapping, benchmark: null, labels: { ...mapping.labels, values } };
    });
  }

  /** As the worker knows them; only while nothing is in their way. */
  order(): ChosenFile[] {
    return this.files.map(({ preview, mapping }) => ({ fileId: preview.fileId, ...chosen(preview, mapping) }));
  }

  /** Reads everything again, in a new worker. */
  async readAgain(): Promise<void> {
    const before = this.files;
    this.files = [];
    for (const { file, mapping } of before) {
      const preview = await this.#worker().ask('measuring.read', { file });
      this.files = [...this.files, { preview, mapping, file }];
    }
    await this.#collect();
  }

  async #map(fileId: string, change: (mapping: GuessedMapping) => GuessedMapping): Promise<void> {
    this.problems = [];
    this.files = this.files.map((one) =>
      one.preview.fileId === fileId ? { ...one, mapping: change(one.mapping) } : one,
    );
    await this.#collect();
  }

  /** Of several, the last one counts. */
  async #collect(): Promise<void> {
    const mine = ++this.#collections;
    this.collected = null;
    if (this.files.length === 0 || this.files.some(({ mapping }) => lacksLabels(mapping))) return;
    try {
      const collected = await this.#worker().ask('measuring.collect', { files: this.order() });
      if (mine === this.#collections) this.collected = collected;
    } catch (error) {
      if (mine === this.#collections) this.problems = [messageOf(error)];
    }
  }
}

/** Whether something still has to be said of its labels. */
export function lacksLabels({ labels }: GuessedMapping): boolean {
  return 'whole' in labels ? labels.whole === null : Object.values(labels.values).includes(null);
}

function chosen(
  preview: FilePreview,
  { benchmark, prompt, context, labels }: GuessedMapping,
): Omit<ChosenFile, 'fileId'> {
  const name = benchmark ?? preview.name;
  const known =
    'whole' in labels
      ? { whole: labels.whole ?? 'harmful' }
      : {
          column: labels.column,
          values: Object.fromEntries(
            Object.entries(labels.values).map(([value, label]) => [value, label ?? 'leave out']),
          ),
        };
  return { name, mapping: { prompt, context, labels: known } };
}
