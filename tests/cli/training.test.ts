/** The command line as people use it: its own process, a real GPU or none, nothing built. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../cli/run-folder';
import { readModelFiles } from '../../src/checkpoint/agent-files';
import { writeRunArchive } from '../../src/checkpoint/archive';
import { environmentOf } from '../../src/lab/models/environment';
import { randomAgents } from '../../src/lab/models/initial-agents';
import { parseRecordedRun } from '../../src/lab/run/recorded-run';
import { runFormat } from '../../src/lab/run/run-format';
import { waltz, type Outcome } from './waltz';

const work = mkdtempSync(join(tmpdir(), 'waltz-cli-'));
afterAll(() => rmSync(work, { recursive: true }));

/** For what is the same on every backend, and sooner made on this one. */
const onCpu = ['--backend', 'cpu'];

const withoutTime = (lines: readonly object[]) => lines.map((line) => ({ ...line, time: null }));

describe('waltz train', () => {
  const whole = join(work, 'whole');
  let uninterrupted: Outcome;
  beforeAll(async () => {
    uninterrupted = await waltz(['train', '--preset', 'tiny', '--seed', '5', '--backend', 'webgpu', '--out', whole]);
  });

  it('writes one line of metrics a step and says which adapter it took', () => {
    expect(uninterrupted.code).toBe(0);
    expect(uninterrupted.lines.map(({ step, stage }) => [step, stage])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ]);
    expect(uninterrupted.errors).toMatch(/WebGPU: .+ \(--adapter (gpu|lavapipe|swiftshader)\)/);
  });

  it('saves at Ctrl-C, exits cleanly, and goes on bit for bit', async () => {
    const out = join(work, 'parts');
    const begin = ['train', '--preset', 'tiny', '--seed', '5', '--backend', 'webgpu', '--out', out];
    const first = await waltz(begin, { interruptAfter: 1 });
    expect(first.code).toBe(0);
    expect(first.lines.length).toBeLessThan(4);
    const second = await waltz(['train', '--resume', out]);
    expect(second.code).toBe(0);
    expect(withoutTime([...first.lines, ...second.lines])).toEqual(withoutTime(uninterrupted.lines));
    const [a, b] = [await new RunFolder(whole).read(), await new RunFolder(out).read()];
    expect(b.agents).toEqual(a.agents);
    expect(b.evaluations).toEqual(a.evaluations);
  });

  it('leaves as folders that other tools open', async () => {
    const out = join(work, 'exported');
    const both = await waltz(['export', whole, '--out', out]);
    expect(both.code).toBe(0);
    const run = await new RunFolder(whole).read();
    const read = (folder: string, file: string) => new Uint8Array(readFileSync(join(out, folder, file)));
    for (const agent of ['conversation', 'feedback']) {
      const files = ['config.json', 'model.safetensors'].map((file) => [file, read(agent, file)] as const);
      expect((await readModelFiles(Object.fromEntries(files))).parameters).toEqual(run.agents[agent].parameters);
    }
    const one = await waltz(['export', whole, '--agent', 'feedback', '--format', 'onnx', '--out', join(out, 'onnx')]);
    expect(one.lines.map(({ file }) => file)).toContain(join(out, 'onnx/onnx/model_fp16.onnx'));
    await waltz(['export', whole, '--format', 'waltz', '--out', join(out, 'again')]);
    expect(await new RunFolder(join(out, 'again')).read()).toEqual(run);
    const nothing = ['export', join(work, 'nothing'), '--out', out];
    expect((await waltz(nothing)).errors).toContain('There is no file or folder');
    expect((await waltz([...nothing, '--format', 'waltz'])).errors).toContain('There is no run');
  });

  it('takes the totals of the stages with --resume', async () => {
    const out = join(work, 'longer');
    const shorter = ['--stage1', '1', '--stage2', '1', '--set', 'evaluation.every=4', ...onCpu];
    expect((await waltz(['train', '--preset', 'tiny', '--seed', '5', '--out', out, ...shorter])).lines).toHaveLength(2);
    const mine = { name: 'mine', origins: { feedback: 'a friend' } };
    const named = { ...(await new RunFolder(out).read()), ...mine };
    writeFileSync(new RunFolder(out).archive, await writeRunArchive(named, runFormat));
    const { lines } = await waltz(['train', '--resume', out, '--stage2', '2']);
    expect(lines.map(({ step, stage }) => [step, stage])).toEqual([[3, 2]]);
    expect(await new RunFolder(out).read()).toMatchObject(mine);
    const evaluated = (await new RunFolder(out).read()).evaluations.map(({ step }) => step);
    expect(evaluated).toEqual([0, 3]);
  });

  it('begins with random weights where it is told to, and says so where there are no base agents', async () => {
    const out = join(work, 'random');
    const larger = ['train', '--preset', 'tiny', '--set', 'model=0.17M', '--out', out, ...onCpu];
    const refused = await waltz(larger);
    expect([refused.code, refused.lines]).toEqual([1, []]);
    expect(refused.errors).toMatch(/no base agents in .*masquerade-tiny-0.17M.waltz. Choose model 0.06M.*init=random/);
    const { lines } = await waltz([...larger, '--set', 'init=random', '--stage2', '0']);
    expect(lines.map(({ step }) => step)).toEqual([1, 2]);
    const { name, config, agents } = await new RunFolder(out).read();
    expect(name).toBe('tiny · model 0.17M · random weights · 2 + 0 steps · seed 1');
    expect(agents.conversation.config.num_hidden_layers).toBe(3);
    const { conversation, feedback } = randomAgents(config, environmentOf(config.task));
    expect(agents.conversation.parameters).toEqual(conversation.parameters);
    expect(agents.feedback.reference).toEqual(feedback.parameters);
    expect([agents.conversation.updates, agents.feedback.updates]).toEqual([0, 2]);
  });

  it('goes on with a run that version 0.2.0 saved', async () => {
    const folder = new RunFolder(join(work, 'earlier'));
    mkdirSync(folder.path);
    copyFileSync('tests/fixtures/0.2.0/run.waltz', folder.archive);
    const { step } = await folder.read();
    const { lines, errors } = await waltz(['train', '--resume', folder.path, '--stage2', String(step)]);
    // There was no other backend then.
    expect(errors).toContain('WebGPU: ');
    expect(lines[0]).toMatchObject({ step: step + 1, stage: 2 });
  });

  it('refuses to write over a run, or to resume with other settings', async () => {
    const again = await waltz(['train', '--preset', 'tiny', '--out', whole]);
    expect([again.code, again.lines]).toEqual([2, []]);
    expect(again.errors).toContain(`--resume ${whole}`);
    const other = await waltz(['train', '--resume', whole, '--set', 'reward.alpha=1']);
    expect(other.code).toBe(2);
    expect(other.errors).toContain('begin a new run');
    const longer = join(work, 'longer');
    const before = readFileSync(new RunFolder(longer).archive);
    const over = await waltz(['train', '--resume', whole, '--stage2', '3', '--out', longer]);
    expect([over.code, over.lines]).toEqual([2, []]);
    expect(readFileSync(new RunFolder(longer).archive)).toEqual(before);
  });

  it('says what is wrong with a broken checkpoint and leaves it as it was', async () => {
    const folder = new RunFolder(join(work, 'broken'));
    const good = await new RunFolder(whole).read();
    await folder.write(good, [], new RunFolder(whole).about());
    const bytes = readFileSync(folder.archive).subarray(0, 1000);
    writeFileSync(folder.archive, bytes);
    const { code, lines, errors } = await waltz(['train', '--resume', folder.path]);
    expect([code, lines]).toEqual([1, []]);
    expect(errors).toMatch(/Error: /);
    expect(readFileSync(folder.archive)).toEqual(bytes);
  });

  it('makes a recording that the page accepts', async () => {
    const out = join(work, 'recorded.json');
    expect((await waltz(['record', '--run', whole, '--out', out])).code).toBe(0);
    const recorded = parseRecordedRun(JSON.parse(readFileSync(out, 'utf8')));
    expect(recorded.metrics).toHaveLength(4);
    expect(recorded.batches.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(recorded.made.command).toContain('--preset tiny --seed 5');
  });

  it('evaluates the run, the same way each time', async () => {
    const call = ['evaluate', whole, '--sets', 'audit', '--prompts', '4', '--json', ...onCpu];
    const [first, second] = [await waltz(call), await waltz(call)];
    expect(first.code).toBe(0);
    expect(withoutTime(first.lines)).toEqual(withoutTime(second.lines));
    expect(first.lines).toHaveLength(1);
    const [line] = first.lines;
    expect(line).toMatchObject({ step: 4, split: 'audit', sets: { masked: { n: 4 }, everyday: { n: 4 } } });
    const { masked } = line['patterns'] as { masked: Record<string, number> };
    expect(Object.values(masked).reduce((a, b) => a + b)).toBe(4);
  });
});

describe('waltz pretrain', () => {
  it('makes agents of a task, a level and a size, and says how', async () => {
    const out = join(work, 'agents');
    const choice = ['--task', 'masquerade', '--level', 'tiny', '--model', '0.1M'];
    const call = ['pretrain', ...choice, '--agent', 'safeguard', '--out', out];
    const { code, lines, errors } = await waltz([...call, ...onCpu], { interruptAfter: 1 });
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({ agent: 'safeguard', step: 1 });
    expect(errors).toContain('safeguard of masquerade-tiny-0.1M: 0 of 400 steps done');
    expect(readdirSync(join(out, '.partial'))).toEqual(['masquerade-tiny-0.1M-safeguard-1.waltz']);
    const wrong = await waltz(['pretrain', '--level', 'huge', '--out', out]);
    expect([wrong.code, wrong.errors]).toEqual([
      2,
      expect.stringContaining('--level must be one of tiny, standard, hard'),
    ]);
  });
});

describe('waltz info', () => {
  it('describes the adapter and checks its arithmetic', async () => {
    const { code, lines } = await waltz(['info', '--json', '--backend', 'webgpu']);
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      backend: 'WebGPU',
      adapter: { name: expect.stringMatching(/^(gpu|lavapipe|swiftshader)$/) as string },
      self_check: { passed: true },
      limits: { maxBindGroups: expect.any(Number) as number },
    });
  });

  it('describes the processor, which has no limits of an adapter', async () => {
    const { code, lines } = await waltz(['info', ...onCpu, '--threads', '1']);
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({ backend: 'CPU', features: [], self_check: { passed: true } });
    expect(lines[0]['adapter']).toMatchObject({
      description: expect.stringMatching(/^ONNX Runtime [\d.]+, 1 thread$/) as string,
    });
    expect(lines[0]).not.toHaveProperty('limits');
    expect(lines[0]).not.toHaveProperty('milliseconds');
  });

  it('says what it chose and why, and times no two times', async () => {
    const first = await waltz(['info']);
    const { lines, errors } = await waltz(['info']);
    expect(errors).not.toContain('Timing');
    expect({ ...lines[0], self_check: null }).toEqual({ ...first.lines[0], self_check: null });
    const { backend, why, milliseconds } = lines[0] as { backend: string; why: string; milliseconds?: object };
    expect(errors).toContain(why);
    // A GPU is chosen without.
    if (why === 'a GPU') expect([backend, milliseconds]).toEqual(['WebGPU', undefined]);
    else expect(milliseconds).toEqual({ cpu: expect.any(Number) as number, webgpu: expect.any(Number) as number });
  });
});

describe('waltz', () => {
  it('keeps stdout clean and exits with 2 where a call cannot be understood', async () => {
    for (const argv of [[], ['dance'], ['train', '--volume', '11'], ['train', '--preset', 'grand', '--out', work]]) {
      const { code, lines, errors } = await waltz(argv);
      expect([code, lines]).toEqual([2, []]);
      expect(errors).not.toBe('');
    }
  });
});
