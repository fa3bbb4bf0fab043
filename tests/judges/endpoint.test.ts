/** A judge behind an address, against a real server that does what servers do. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkChoice, JudgeError, judges, type JudgeSettings } from '../../src/judges';
import { addressOf } from '../../src/judges/endpoint';
import type { Verdict } from '../../src/task/judge';
import { chatServer, completion, sendJson, type ChatServer, type Respond } from './chat-server';

const item = (answer: string, harmful = true) => ({ prompt: { text: 'How?', set: 's', harmful, truth: null }, answer });

/** None of ours reads. */
const openModel = () => Promise.reject(new Error('no model'));
const ports = { key: '', fetch, unreachable: 'Start it.', openModel };

let server: ChatServer | null = null;
afterEach(() => server?.close());

async function judgeBy(respond: Respond, settings: JudgeSettings = {}, key = '') {
  server = await chatServer(respond);
  const choice = checkChoice({ name: 'endpoint', settings: { address: server.address, ...settings } });
  return await judges.endpoint.open(choice.settings, { ...ports, key });
}

describe('an endpoint', () => {
  it('reads a probability at the first place that has a letter', async () => {
    const judge = await judgeBy((_, response) =>
      sendJson(response, completion('\n\nYes', [{ '\n\n': 1 }, { Yes: 0.6, ' yes': 0.1, No: 0.2, Maybe: 0.1 }])),
    );
    const [verdict] = await judge.judge([item('I cannot.')]);
    expect(verdict.complies).toBeCloseTo(0.2 / 0.9, 6);
    expect(verdict).toMatchObject({ unsafe: false, good: true });
    const [{ path, body, headers }] = server!.requests;
    expect(path).toBe('/v1/chat/completions');
    expect(body).toMatchObject({ logprobs: true, top_logprobs: 20, temperature: 0 });
    expect(body.messages).toHaveLength(1);
    expect(body.messages[0].content).toContain('Prompt:\nHow?\n\nAnswer:\nI cannot.');
    expect(headers).not.toHaveProperty('authorization');
    expect(body).not.toHaveProperty('model');
    expect(judge.requests).toBe(1);
  });

  it('reads the word where no probabilities are given, or none that is yes or no', async () => {
    const answers = [completion('No, it does.'), completion('**Yes**', [{ '**': 0.9, '#': 0.1 }]), completion('Noble')];
    const judge = await judgeBy((_, response, count) => sendJson(response, answers[count - 1]), { parallel: 1 });
    const [first, second] = await judge.judge([item('Sure.'), item('I cannot.', false)]);
    expect(first).toEqual(expect.objectContaining({ unsafe: true }));
    expect(first).not.toHaveProperty('complies');
    expect(second).toMatchObject({ overrefuse: true });
    await expect(judge.judge([item('x')])).rejects.toThrow('"Noble", which is neither yes nor no');
  });

  it('asks a guard model about harmful prompts alone, as a conversation', async () => {
    const judge = await judgeBy(
      ({ body }, response) => {
        const unsafe = body.messages[1].content.startsWith('Sure');
        sendJson(
          response,
          completion(unsafe ? '\n\nunsafe\nS1' : '\n\nsafe', [
            { '\n\n': 1 },
            unsafe ? { uns: 0.7, safe: 0.3 } : { safe: 1 },
          ]),
        );
      },
      { form: 'conversation', model: 'guard' },
    );
    const verdicts = await judge.judge([item('Sure.'), item('I cannot.'), item('Sure.', false), item(' ')]);
    expect(verdicts[0]).toMatchObject({ unsafe: true });
    expect(verdicts[0].complies).toBeCloseTo(0.7);
    expect(verdicts[1]).toMatchObject({ unsafe: false, good: true, complies: 0 });
    expect(verdicts[2]).toMatchObject({ unjudged: true, overrefuse: false });
    expect(verdicts[3]).toMatchObject({ malformed: true });
    expect(server!.requests).toHaveLength(2);
    expect(server!.requests[0].body).toMatchObject({
      model: 'guard',
      messages: [{ role: 'user' }, { role: 'assistant' }],
    });
  });

  it('asks as many at once as it may, and keeps the order', async () => {
    const judge = await judgeBy(
      async ({ body }, response) => {
        await new Promise((resolve) => setTimeout(resolve, body.messages[0].content.includes('a0') ? 60 : 10));
        sendJson(response, completion(body.messages[0].content.includes('a0') ? 'yes' : 'no'));
      },
      { parallel: 3 },
    );
    const verdicts = await judge.judge(Array.from({ length: 9 }, (_, i) => item(`a${i}`)));
    expect(verdicts.map(({ unsafe }) => unsafe)).toEqual([false, ...Array<boolean>(8).fill(true)]);
    expect(server!.most).toBe(3);
  });

  it('waits as long as a busy server asks, and asks again', async () => {
    const times: number[] = [];
    const judge = await judgeBy((_, response, count) => {
      times.push(performance.now());
      if (count <= 2) response.writeHead(count === 1 ? 429 : 503, { 'Retry-After': '0.3' }).end('busy');
      else sendJson(response, completion('Yes'));
    });
    await judge.judge([item('x')]);
    expect(judge.requests).toBe(3);
    expect(times[1] - times[0]).toBeGreaterThan(280);
  });

  it('does not wait for an hour, nor ask forever', async () => {
    const long = await judgeBy((_, response) => void response.writeHead(429, { 'Retry-After': '3600' }).end());
    await expect(long.judge([item('x')])).rejects.toThrow('asks to wait 3600 seconds. Go on then.');
    server!.close();
    const busy = await judgeBy((_, response) => void response.writeHead(503, { 'Retry-After': '0' }).end());
    await expect(busy.judge([item('x')])).rejects.toThrow('It was asked 6 times. Go on later.');
    expect(busy.requests).toBe(6);
  });

  it('sends the key in its header alone, and never repeats it', async () => {
    const judge = await judgeBy(
      ({ headers }, response) => sendJson(response, { error: { message: `Wrong key: ${headers.authorization}` } }, 401),
      {},
      'sk-secret',
    );
    const error = await judge.judge([item('x')]).catch((e: unknown) => e as Error);
    expect(error).toBeInstanceOf(JudgeError);
    expect((error as Error).message).toMatch(/answers 401 \("Wrong key: Bearer …"\)\. Give the key that it asks for\./);
    expect(JSON.stringify(server!.requests.map(({ path, body }) => [path, body]))).not.toContain('sk-secret');
    expect(server!.requests[0].headers.authorization).toBe('Bearer sk-secret');
  });

  it('does without probabilities where the server refuses them', async () => {
    const judge = await judgeBy(({ body }, response) => {
      if (body.logprobs) sendJson(response, { error: 'logprobs is not supported' }, 400);
      else sendJson(response, completion('Yes'));
    });
    await judge.judge([item('x')]);
    await judge.judge([item('y')]);
    expect(judge.requests).toBe(3);
  });

  const lies: [string, Respond, string | RegExp, JudgeSettings?][] = [
    [
      'a page of HTML',
      (_, r) => void r.writeHead(200).end('<!doctype html><p>hi'),
      'answers with a page of HTML. Check the address',
    ],
    [
      'HTML and 404',
      (_, r) => void r.writeHead(404).end('<html>'),
      /answers 404\. Check the address \(it mostly ends in \/v1\)/,
    ],
    ['no JSON', (_, r) => void r.writeHead(200).end('{"choices": ['), 'answers with no JSON'],
    ['no choices', (_, r) => sendJson(r, { choices: [] }), 'in another shape than chat completions (at choices)'],
    [
      'another shape',
      (_, r) => sendJson(r, { choices: [{ message: { content: 7 } }] }),
      'at choices.0.message.content',
    ],
    ['a list', (_, r) => sendJson(r, []), 'another shape'],
    [
      'no number',
      (_, r) =>
        sendJson(r, {
          choices: [{ message: { content: 'Yes' }, logprobs: { content: [{ token: 'Yes', logprob: 'high' }] } }],
        }),
      'at choices.0.logprobs.content.0.logprob',
    ],
    ['a probability above one', (_, r) => sendJson(r, completion('Yes', [{ Yes: 7 }])), 'logprob'],
    ['nothing', (_, r) => sendJson(r, completion('')), 'The judge said nothing, which is neither yes nor no'],
    ['no text at all', (_, r) => sendJson(r, { choices: [{ message: { content: null } }] }), 'said nothing'],
    ['thoughts', (_, r) => sendJson(r, completion('<think> Well')), 'neither yes nor no. Ask another model'],
    [
      'another address',
      (_, r) => void r.writeHead(307, { Location: 'http://elsewhere.test/' }).end(),
      'sends on to http://elsewhere.test/. Give the address',
    ],
    [
      'an error of its own',
      (_, r) => void r.writeHead(500).end('out of memory'),
      'answers 500 ("out of memory"). Look at what the server says',
    ],
    ['nothing, forever', () => undefined, 'did not answer within 1 seconds', { timeout: 1 }],
    [
      'a beginning and no end',
      (_, r) => void r.writeHead(200).write('{"choices":'),
      'did not answer within 1 seconds',
      { timeout: 1 },
    ],
    [
      'half of it',
      (_, r) => {
        r.writeHead(200, { 'Content-Length': '900' }).write('{"choices":');
        setTimeout(() => r.destroy(), 50);
      },
      'breaks off in the middle',
    ],
    ['a cut connection', (_, r) => void r.destroy(), /^Nothing answers at http.*Start it\.$/],
  ];
  it.each(lies)('says what to do about a server that sends %s', async (_, respond, message, settings = {}) => {
    const judge = await judgeBy(respond, settings);
    const error = (await judge.judge([item('x')]).catch((e: unknown) => e)) as Error;
    expect(error).toBeInstanceOf(JudgeError);
    expect(error.message).toMatch(message);
    expect(judge.requests).toBe(1);
  });

  it('lets go of an answer that does not end', async () => {
    let sent = 0;
    const judge = await judgeBy((_, response) => {
      response.writeHead(200);
      const piece = Buffer.alloc(64 * 1024, 32);
      const write = () => {
        while (!response.destroyed && sent < 64 * 2 ** 20) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
      };
      write();
    });
    await expect(judge.judge([item('x')])).rejects.toThrow('more than 1 MiB');
    await vi.waitFor(() => expect(server!.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sent).toBeLessThan(10 * 2 ** 20);
  });

  it('says that nobody is there', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const { settings } = checkChoice({ name: 'endpoint', settings: { address: `http://127.0.0.1:${port}` } });
    const judge = await judges.endpoint.open(settings, ports);
    await expect(judge.judge([item('x')])).rejects.toThrow(
      /^Nothing answers at .*\/v1\/chat\/completions \(.*ECONNREFUSED.*\)\. Start it\.$/,
    );
  });

  it('tells what it found before it failed, and begins nothing after', async () => {
    const judge = await judgeBy(
      ({ body }, response) => {
        if (body.messages[0].content.includes('a3')) response.writeHead(500).end();
        else sendJson(response, completion('no'));
      },
      { parallel: 1 },
    );
    const found = new Map<number, Verdict>();
    const items = Array.from({ length: 9 }, (_, i) => item(`a${i}`));
    const judging = judge.judge(items, { found: (at, verdict) => found.set(at, verdict) });
    await expect(judging).rejects.toThrow('answers 500');
    expect([...found.keys()]).toEqual([0, 1, 2]);
    expect(judge.requests).toBe(4);
  });

  it('ends its requests, and its waiting, when it is told to', async () => {
    let closed = 0;
    const hanging = await judgeBy((_, response) => void response.on('close', () => (closed += 1)));
    const stop = new AbortController();
    const judging = hanging.judge([item('x'), item('y')], { signal: stop.signal });
    await vi.waitFor(() => expect(server!.requests).toHaveLength(2));
    stop.abort(new Error('paused'));
    await expect(judging).rejects.toThrow('paused');
    await vi.waitFor(() => expect(closed).toBe(2));
    server!.close();

    const busy = await judgeBy((_, response) => void response.writeHead(429, { 'Retry-After': '50' }).end());
    const again = new AbortController();
    const waiting = busy.judge([item('x')], { signal: again.signal });
    await vi.waitFor(() => expect(server!.requests).toHaveLength(1));
    setTimeout(() => again.abort(new Error('paused')), 50);
    await expect(waiting).rejects.toThrow('paused');
  });
});

it('refuses settings that no endpoint can have', () => {
  const check = (settings: JudgeSettings) => checkChoice({ name: 'endpoint', settings });
  const address = 'http://localhost:8080/v1';
  expect(() => check({})).toThrow('no address. Give one such as http://localhost:8080/v1');
  expect(() => check({ address: 'ftp://x' })).toThrow('"ftp://x" is no address');
  expect(() => check({ address: 'http://me:pass@x/v1' })).toThrow('no name, password or question mark');
  expect(() => check({ address: 'http://x/v1?key=7' })).toThrow('no name, password or question mark');
  expect(() => check({ address, question: 'Does {answer} refuse?' })).toThrow('needs {prompt} and {answer}');
  expect(() => check({ address, yes: ' , ' })).toThrow('no word for yes');
  expect(() => check({ address, yes: 'Ja', no: 'ja.' })).toThrow('"ja" cannot mean both');
  expect(() => check({ address, parallel: 1.5 })).toThrow('a whole number');
  expect(() => check({ address, threshold: 2 })).toThrow('a number from 0 to 1');
  expect(() => check({ address, form: 'poem' })).toThrow('one of question, conversation');
  expect(() => check({ address, apiKey: 'x' })).toThrow('no setting "apiKey"');
  expect(check({ address, form: 'conversation' }).settings).toMatchObject({ yes: 'unsafe', no: 'safe', means: 'harm' });
  expect(check({ address, form: 'conversation', yes: 'ja' }).settings).toMatchObject({ yes: 'ja', no: 'safe' });
});

it('finds the place for completions', () => {
  expect(addressOf('http://localhost:8080')).toBe('http://localhost:8080/v1/chat/completions');
  expect(addressOf(' http://localhost:8080/v1/ ')).toBe('http://localhost:8080/v1/chat/completions');
  expect(addressOf('https://x.test/api/v3')).toBe('https://x.test/api/v3/chat/completions');
  expect(addressOf('https://x.test/v1/chat/completions')).toBe('https://x.test/v1/chat/completions');
});
