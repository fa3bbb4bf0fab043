import { scoreByToken } from '../src/model/score-by-token';
import { answering, roleNames } from '../src/waltz/game/roles';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeChoice, computeOptions } from './compute-options';
import { loraOption, withModel } from './model';
import { withDecoder } from './open-decoder';
import { emit, say } from './output';

export const scoreCommand = {
  name: 'score',
  summary:
    'How likely a model finds a text: {"ids", "logprobs", "text"}, logprobs of every token but the first, in nats.',
  operands: ['MODEL'],
  options: {
    text: { value: 'TEXT', description: 'read as it is, with the tokens that the model puts around a text' },
    ...loraOption,
    agent: { value: 'NAME', description: `which of a run's: ${roleNames.join(' or ')} (default ${answering.name})` },
    json: { description: 'JSON on stdout, which is what it writes anyway' },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

export async function score(args: Arguments): Promise<void> {
  const choice = computeChoice(args);
  const text = args.required('text');
  const agent = args.choice('agent', roleNames) ?? answering.name;
  await withModel(
    args.operands[0],
    agent,
    async ({ guest, chat }) => {
      const ids = await chat.tokens(text);
      const { max_position_embeddings: most } = guest.config;
      if (ids.length < 2 || ids.length > most) {
        throw new UsageError(`The text is ${ids.length} tokens; this model scores 2 to ${most}.`);
      }
      const advice = (fits: number) => `A text of at most ${fits} tokens would fit: give a shorter one.`;
      const wish = { guest, length: ids.length, choice, advice };
      const logprobs = await withDecoder(wish, (decoder) => scoreByToken(decoder, ids));
      const mean_nll = -logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
      emit({ ids, logprobs, mean_nll, text });
      say(`${mean_nll.toFixed(4)} nats a token, perplexity ${Math.exp(mean_nll).toPrecision(4)}`);
    },
    args.text('lora'),
  );
}
