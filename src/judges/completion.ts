/** What a server of chat completions answers, read as yes or no. */
import * as v from 'valibot';
import { sideOfText, sideOfToken, type Words } from './asking';
import { JudgeError } from './judge-kind';

const logprob = v.pipe(v.number(), v.maxValue(1e-3));
const candidate = v.object({ token: v.string(), logprob });
const completion = v.object({
  choices: v.pipe(
    v.array(
      v.object({
        message: v.object({ content: v.nullish(v.string()) }),
        logprobs: v.nullish(
          v.object({
            content: v.nullish(
              v.array(v.object({ ...candidate.entries, top_logprobs: v.nullish(v.array(candidate)) })),
            ),
          }),
        ),
      }),
    ),
    v.minLength(1),
  ),
});

type Place = NonNullable<
  NonNullable<v.InferOutput<typeof completion>['choices'][number]['logprobs']>['content']
>[number];

const SHOWN = 120;

/** How likely it says yes: a probability where `sure`, else 1 or 0 for the word alone. Throws `JudgeError`. */
export function readCompletion(value: unknown, words: Words, address: string): { yes: number; sure: boolean } {
  const read = v.safeParse(completion, value);
  if (!read.success) {
    const at = v.getDotPath(read.issues[0]);
    throw new JudgeError(
      `${address} answers in another shape than chat completions${at === null ? '' : ` (at ${at})`}. Check the address, and what server it is.`,
    );
  }
  const [{ message, logprobs }] = read.output.choices;
  const place = logprobs?.content?.find(({ token }) => token.trim() !== '');
  const probability = place && probabilityOfYes(place, words);
  if (probability !== undefined) return { yes: probability, sure: true };
  const text = message.content ?? '';
  const side = sideOfText(text, words);
  if (side === null) {
    const said = text.trim() === '' ? 'nothing' : `"${text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text}"`;
    throw new JudgeError(
      `The judge said ${said}, which is neither ${words.yes.join(' or ')} nor ${words.no.join(' or ')}. Ask another model, change the question, or its words for yes and no.`,
    );
  }
  return { yes: side === 'yes' ? 1 : 0, sure: false };
}

/** Of the words for yes among those for yes and no at one place; undefined where there is neither. */
function probabilityOfYes({ top_logprobs, token, logprob: own }: Place, words: Words): number | undefined {
  const sums = { yes: 0, no: 0 };
  // Some servers leave what was chosen out of the candidates.
  const candidates = new Map([[token, own], ...(top_logprobs ?? []).map((c) => [c.token, c.logprob] as const)]);
  for (const [text, value] of candidates) {
    const side = sideOfToken(text, words);
    if (side !== null) sums[side] += Math.exp(value);
  }
  const sum = sums.yes + sums.no;
  return sum > LEAST_SHARE ? sums.yes / sum : undefined;
}

/** What yes and no must come to together: below it the model was about to say something else. */
const LEAST_SHARE = 0.1;
