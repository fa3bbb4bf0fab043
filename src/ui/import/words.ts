/** A model in words. */
import type { KeptGuest } from '../../checkpoint/guests';
import type { ModelDescription } from '../../lab/import/describe';

/** `5 layers of 64, 8 heads, 4 for keys and values`. */
export function architectureText(config: ModelDescription['config']): string {
  const { num_hidden_layers: layers, hidden_size, num_attention_heads: heads, num_key_value_heads: shared } = config;
  const keys = shared === heads ? '' : `, ${shared} for keys and values`;
  const head = config.tie_word_embeddings ? 'tied head' : 'head of its own';
  return `Llama, ${layers} layer${layers === 1 ? '' : 's'} of ${hidden_size}, ${heads} heads${keys}, ${head}`;
}

/** Where a model comes from. */
export function originText(own: Pick<KeptGuest, 'task' | 'role'> | null): string {
  if (!own?.task) return 'elsewhere';
  const { level } = own.task;
  return own.role ? `this page: ${own.role} agent, level ${level}` : `this page, level ${level}`;
}
