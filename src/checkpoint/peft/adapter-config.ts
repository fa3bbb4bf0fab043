/** PEFT's adapter_config.json of a LoRA adapter: what of it is computed here, and what is refused by its name. */
import * as v from 'valibot';
import type { LlamaConfig } from '../../model/config';
import { loraLayout, LoraConfigError, loraTargets, type LoraConfig, type LoraTarget } from '../../model/lora';
import { isRecord } from '../json';
import { short } from '../short';

export const ADAPTER_CONFIG = 'adapter_config.json';

/** An adapter that is not well-formed, that does not fit its model, or that is of a kind that is not computed here. */
export class PeftError extends Error {
  override name = 'PeftError';
}

const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000));
const MOST_NAMES = 1000;
const names = v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(MOST_NAMES));
const number = v.pipe(v.number(), v.finite());

/** Left out, a key has PEFT's default. */
const schema = v.object({
  r: v.optional(positive, 8),
  lora_alpha: v.optional(number, 8),
  target_modules: v.union([names, v.string()]),
  layers_to_transform: v.nullish(v.union([whole, v.pipe(v.array(whole), v.maxLength(MOST_NAMES))]), null),
  layers_pattern: v.nullish(v.union([v.string(), names]), null),
  use_rslora: v.nullish(v.boolean(), false),
  rank_pattern: v.nullish(v.record(v.string(), positive), {}),
  alpha_pattern: v.nullish(v.record(v.string(), number), {}),
});

/** What says nothing of the numbers that an adapter computes, or is looked at by itself. */
const harmless = new Set([
  ...Object.keys(schema.entries),
  ...['auto_mapping', 'base_model_name_or_path', 'revision', 'task_type', 'peft_type', 'peft_version'],
  ...['inference_mode', 'init_lora_weights', 'bias', 'lora_dropout', 'exclude_modules', 'ensure_weight_tying'],
  ...['loftq_config', 'eva_config', 'corda_config', 'qalora_group_size', 'megatron_core'],
]);

/** Beginnings that leave the base as it is; others take a part of it out, so that the adapter stands on what is left. */
const beginnings: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal'];

/** Throws `PeftError` for what is not read here, and for targets that the model does not have. `file` names it in messages. */
export function readAdapterConfig(value: unknown, config: LlamaConfig, file: string): LoraConfig {
  const refuse = (what: string): never => {
    throw new PeftError(`Cannot use ${file}: ${what}.`);
  };
  if (!isRecord(value)) return refuse('it is no JSON object');
  const { peft_type: type, bias = 'none', init_lora_weights: beginning } = value;
  if (type !== 'LORA') refuse(`its peft_type is ${said(type)}, and LORA alone is computed here`);
  if (value.use_dora === true)
    refuse('use_dora is set: DoRA is not computed here. Merge it with PEFT, and take the model');
  if (bias !== 'none') refuse(`bias is ${said(bias)}: biases are not computed here`);
  if (!beginnings.includes(beginning)) {
    refuse(`init_lora_weights is ${said(beginning)}, which changes the base. Convert it to a plain LoRA with PEFT`);
  }
  const strange = Object.entries(value).find(([key, set]) => !harmless.has(key) && isSet(key, set));
  if (strange) refuse(`${short(strange[0])} is ${said(strange[1])}, which is not computed here`);
  const read = v.safeParse(schema, value);
  if (!read.success) {
    const [issue] = read.issues;
    return refuse(`${v.getDotPath(issue) ?? 'it'} is not what PEFT writes there (${short(issue.message)})`);
  }
  const {
    r,
    lora_alpha,
    target_modules,
    layers_to_transform: layers,
    layers_pattern,
    use_rslora,
    ...patterns
  } = read.output;
  if (layers_pattern !== null && [layers_pattern].flat().some((name) => name !== 'layers')) {
    refuse(`layers_pattern is ${said(layers_pattern)}, and a Llama's layers are called "layers"`);
  }
  const lora: LoraConfig = {
    ...{ r, lora_alpha, use_rslora: use_rslora ?? false, target_modules: targetsOf(target_modules, refuse) },
    layers_to_transform: layers === null || layers === undefined ? null : [layers].flat(),
    rank_pattern: plainPatterns(patterns.rank_pattern ?? {}, 'rank_pattern', refuse),
    alpha_pattern: plainPatterns(patterns.alpha_pattern ?? {}, 'alpha_pattern', refuse),
  };
  try {
    const modules = loraLayout(config, lora).modules.map(({ name }) => name);
    for (const key of [...Object.keys(lora.rank_pattern), ...Object.keys(lora.alpha_pattern)]) {
      if (!modules.some((name) => name === key || name.endsWith(`.${key}`))) {
        refuse(`a pattern names "${short(key)}", which is none of its targets`);
      }
    }
  } catch (error) {
    if (error instanceof LoraConfigError) refuse(error.message.replace(/\.$/, ''));
    throw error;
  }
  return lora;
}

type Refuse = (what: string) => never;

function targetsOf(targets: string | readonly string[], refuse: Refuse): LoraTarget[] {
  if (targets === 'all-linear') return [...loraTargets];
  if (typeof targets === 'string') {
    return refuse('target_modules is a regular expression. Give the names of projections as a list instead');
  }
  const known = targets.map((target) => {
    const found = loraTargets.find((one) => one === target.split('.').at(-1));
    return (
      found ?? refuse(`target_modules names "${short(target)}", and ${loraTargets.join(', ')} can have adapters here`)
    );
  });
  const inPart = targets.find((target, i) => target !== known[i] && !/^(?:self_attn|mlp)\.\w+$/.test(target));
  if (inPart !== undefined)
    refuse(`target_modules names "${short(inPart)}" alone. Use layers_to_transform for single layers`);
  return loraTargets.filter((target) => known.includes(target));
}

/** PEFT reads a key as a regular expression of a name's end; one that begins with ^ is a whole name. */
function plainPatterns(
  patterns: Readonly<Record<string, number>>,
  name: string,
  refuse: Refuse,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(patterns).map(([key, value]) => {
      const plain = key.replace(/^\^/, '').replace(/\\\./g, '.');
      if (!/^[\w.]+$/.test(plain))
        refuse(`${name} has "${short(key)}", a regular expression. Give a module's name instead`);
      return [plain, value];
    }),
  );
}

function isSet(key: string, value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isRecord(value)) return Object.keys(value).length > 0;
  // Sizes and the like of features whose own switch is looked at.
  return !(typeof value === 'number' && /_(?:size|rank|alpha|ratio)$/.test(key));
}

const said = (value: unknown): string => short(JSON.stringify(value) ?? 'missing');

/** The same for PEFT. `base` is what it is to be put on. */
export function writeAdapterConfig(lora: LoraConfig, base: string | null): Record<string, unknown> {
  return {
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, revision: null },
    ...{ inference_mode: true, init_lora_weights: true, bias: 'none', fan_in_fan_out: false, lora_dropout: 0 },
    ...{ modules_to_save: null, layers_pattern: null, use_dora: false },
    ...lora,
  };
}
