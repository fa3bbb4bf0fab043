import { exampleChat } from '../../waltz/game/example-chat';
import type { RoleName } from '../../waltz/game/roles';
import { environmentOf } from '../models/environment';
import type { KeptRun } from '../run/run-format';

/** What a folder's weights can be loaded with. */
export type Weights = 'safetensors' | 'onnx';

/** Code that loads what was exported. */
export interface Snippet {
  /** What it is written in, and with what. */
  title: string;
  /** As a Markdown fence names it. */
  language: 'python' | 'js' | 'sh';
  code: string;
}

/** How an agent's folder is loaded, in each language and library that reads such weights. */
export function agentSnippets(run: KeptRun, agent: RoleName, weights: Weights): Snippet[] {
  const messages = example(run, agent);
  if (weights === 'safetensors') {
    return [{ title: 'Python, transformers', language: 'python', code: transformers(agent, messages) }];
  }
  return [
    { title: 'JavaScript, transformers.js', language: 'js', code: transformersJs(agent, messages) },
    { title: 'JavaScript, ONNX Runtime', language: 'js', code: onnxRuntimeWeb(agent, messages) },
    { title: 'Python, ONNX Runtime', language: 'python', code: onnxRuntime(agent, messages) },
  ];
}

/** How a run's one file goes on at the command line. `stem` is its name without the extension: letters, digits, `-`, `.`. */
export function archiveSnippet(stem: string): Snippet {
  const code = `run=runs/${stem}
mkdir -p $run && mv ~/Downloads/${stem}.waltz $run/run.waltz
npm run -s waltz -- evaluate $run --sets audit  # measures it
npm run -s waltz -- train --resume $run         # goes on to its end`;
  return { title: 'Command line', language: 'sh', code };
}

/** A dialogue for this agent, as its chat template takes it. */
function example({ config }: KeptRun, agent: RoleName): string {
  const { task } = environmentOf(config.task);
  const benign = task.sets.find(({ metric }) => metric === 'orr')!;
  const [prompt] = task.prompts.evaluation(benign.name, 'eval', 1);
  const advice = task.feedback.template({ unsafe: true, overrefuse: false });
  return JSON.stringify(exampleChat(agent, { prompt: prompt.text, answer: task.goodAnswer(prompt), advice }));
}

function transformers(agent: RoleName, messages: string): string {
  return `from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "${agent}"  # the path of this folder
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder)
messages = ${messages}
inputs = tokenizer.apply_chat_template(
    messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"
)
ids = model.generate(inputs["input_ids"], max_new_tokens=64, do_sample=False)
print(tokenizer.decode(ids[0]))`;
}

function transformersJs(agent: RoleName, messages: string): string {
  return `import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers';

env.allowLocalModels = true;
env.localModelPath = '.'; // what holds this folder; in a page, its address
const folder = '${agent}';
const tokenizer = await AutoTokenizer.from_pretrained(folder);
const model = await AutoModelForCausalLM.from_pretrained(folder, { dtype: 'fp32' }); // or 'fp16'
const messages = ${messages};
const inputs = tokenizer.apply_chat_template(messages, { add_generation_prompt: true, return_dict: true });
const ids = await model.generate({ ...inputs, max_new_tokens: 64, do_sample: false });
console.log(tokenizer.batch_decode(ids)[0]);`;
}

function onnxRuntimeWeb(agent: RoleName, messages: string): string {
  return `import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import * as ort from 'onnxruntime-web';

const folder = '/${agent}'; // the address of this folder
const file = (name) => fetch(\`\${folder}/\${name}\`);
const config = await (await file('tokenizer_config.json')).json();
const tokenizer = new Tokenizer(await (await file('tokenizer.json')).json(), config);
const session = await ort.InferenceSession.create(await (await file('onnx/model.onnx')).arrayBuffer());
const messages = ${messages};
const prompt = new Template(config.chat_template).render({ messages, add_generation_prompt: true });
const ids = [...tokenizer.encode(prompt).ids];
const end = tokenizer.token_to_id(config.eos_token);

// Each step reads the whole text with an empty cache: simple, and fast enough for a toy.
const empty = ({ name, shape }) => [name, new ort.Tensor('float32', [], [1, shape[1], 0, shape[3]])];
const caches = session.inputMetadata.filter(({ name }) => name.startsWith('past_key_values.'));
const past = Object.fromEntries(caches.map(empty));
const row = (values) => new ort.Tensor('int64', values.map(BigInt), [1, values.length]);
for (let made = 0; made < 64 && ids.at(-1) !== end; made++) {
  const inputs = {
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
    position_ids: row([...ids.keys()]),
  };
  const { logits } = await session.run({ ...inputs, ...past }, ['logits']);
  const last = logits.data.subarray(-logits.dims[2]);
  ids.push(last.indexOf(Math.max(...last)));
}
console.log(tokenizer.decode(ids));`;
}

function onnxRuntime(agent: RoleName, messages: string): string {
  return `import numpy as np
import onnxruntime
from transformers import AutoTokenizer

folder = "${agent}"  # the path of this folder
tokenizer = AutoTokenizer.from_pretrained(folder)
session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")
messages = ${messages}
prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
ids = tokenizer.encode(prompt, add_special_tokens=False)

# Each step reads the whole text with an empty cache: simple, and fast enough for a toy.
past = {
    cache.name: np.zeros((1, cache.shape[1], 0, cache.shape[3]), np.float32)
    for cache in session.get_inputs()
    if cache.name.startswith("past_key_values.")
}
for _ in range(64):
    inputs = {
        "input_ids": np.array([ids], np.int64),
        "attention_mask": np.ones((1, len(ids)), np.int64),
        "position_ids": np.arange(len(ids), dtype=np.int64)[None],
    }
    [logits] = session.run(["logits"], {**inputs, **past})
    ids.append(int(logits[0, -1].argmax()))
    if ids[-1] == tokenizer.eos_token_id:
        break
print(tokenizer.decode(ids))`;
}
