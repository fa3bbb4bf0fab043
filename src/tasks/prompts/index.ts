export { recogniseBenchmark } from './benchmarks';
export { guessMapping, guessValues, valuesOf } from './guess-mapping';
export { complete, lacking, type GuessedMapping, type Label, type LabelChoice, type PromptMapping } from './mapping';
export { contentHash, normalise, promptSplits, splitOf, type PromptSplit } from './normalise';
export { readPromptFile, type PromptFile } from './prompt-file';
export {
  collectPrompts,
  nameOfFile,
  type FileCount,
  type MappedFile,
  type PromptTruth,
  type RealPrompt,
} from './prompt-set';
export { createPromptsTask, limitPrompts, setsOf, type PromptsTask } from './prompts-task';
export { PromptFileError, promptFileLimits, type PromptFormat, type PromptTable } from './table';
