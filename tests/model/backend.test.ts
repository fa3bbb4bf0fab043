import { expect, it } from 'vitest';
import { startingState } from '../../src/model/state';
import { parameterLayout } from '../../src/model/layout';
import { smallConfig } from '../checkpoint/fixtures';
import { describeBackend } from './backend-contract';
import { OracleBackend } from './oracle-backend';

describeBackend('a backend without a GPU', () => Promise.resolve(new OracleBackend(2 ** 30)));

it('knows what is open', async () => {
  const backend = new OracleBackend();
  const state = startingState(smallConfig, new Float32Array(parameterLayout(smallConfig).size));
  const room = { length: 8, advice: () => 'Never.' };
  const opened = await backend.openDecoder(state, room, { rules: { endTokens: [0] } });
  expect(backend.bytes).toBe(opened.bytes);
  opened.close();
  expect(backend.bytes).toBe(0);
});
