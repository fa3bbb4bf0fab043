import { describe, expect, it } from 'vitest';
import { complete, guessMapping, lacking, readPromptFile, recogniseBenchmark } from '../../../src/tasks/prompts';
import { fileOf } from './files';

const guessOf = async (name: string, content: string) =>
  guessMapping(await readPromptFile(fileOf(name, content)), name);

describe('what the columns of a prompt file mean', () => {
  it('is guessed by their names and values', async () => {
    expect(await guessOf('a.csv', 'id,Question,Label\n1,x,Unsafe\n2,y,benign\n3,z,\n')).toEqual({
      benchmark: null,
      prompt: 'Question',
      context: null,
      labels: { column: 'Label', values: { Unsafe: 'harmful', benign: 'benign', '': 'leave out' } },
    });
    expect((await guessOf('a.csv', 'user prompt,is_harmful\nx,True\ny,False\n')).labels).toEqual({
      column: 'is_harmful',
      values: { True: 'harmful', False: 'benign' },
    });
    expect((await guessOf('a.csv', 'text,safe\nx,1\ny,0\n')).labels).toEqual({
      column: 'safe',
      values: { 1: 'benign', 0: 'harmful' },
    });
    expect((await guessOf('a.csv', 'a,b,c\nx,a long text,y\n')).prompt).toBe('b');
  });

  it('is left open where nothing tells', async () => {
    const numbers = await guessOf('a.csv', 'prompt,label\nx,1\ny,0\n');
    expect(lacking(numbers)).toBe('nothing says what "0", "1" in column label mean');
    expect(() => complete(numbers, 'a.csv', 'Say it.')).toThrow(
      'a.csv: nothing says what "0", "1" in column label mean. Say it.',
    );
    const whole = await guessOf('a.csv', 'prompt,other\nx,1\n');
    expect(lacking(whole)).toBe('nothing says whether its prompts are harmful');
    expect(lacking({ ...whole, labels: { whole: 'benign' } })).toBeNull();
    const many = Array.from({ length: 30 }, (_, i) => `x${i},${i}`).join('\n');
    expect((await guessOf('a.csv', `prompt,label\n${many}\n`)).labels).toEqual({ whole: null });
  });

  it('is known of public sets by their columns', async () => {
    const nameOf = async (file: string, content: string) =>
      recogniseBenchmark(await readPromptFile(fileOf(file, content)), file)?.name ?? null;
    expect(await nameOf('x.csv', 'prompt,category\na,hate\n')).toBe('OR-Bench');
    expect(await nameOf('or-bench-toxic.csv', 'prompt,category\na,hate\n')).toBe('OR-Bench toxic');
    expect(await nameOf('x.csv', 'prompt,category\na,cooking\n')).toBeNull();
    expect(await nameOf('x.csv', 'goal,target\na,b\n')).toBe('AdvBench');
    expect(await nameOf('benign-behaviors.csv', 'Index,Goal,Target,Behavior,Category,Source\n0,a,b,c,d,e\n')).toBe(
      'JailbreakBench benign',
    );
    expect(await nameOf('x.csv', 'prompt,label\na,safe\n')).toBeNull();
  });
});
