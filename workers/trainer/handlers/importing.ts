import * as v from 'valibot';
import type { KeptRun } from '../../../src/lab/run/run-format';
import { sourceOf } from '../../../src/lab/import/read';
import type { Handlers } from '../../protocol/calls';
import type { ImportingCalls } from '../../protocol/importing';
import { loading, type TrainerContext } from '../context';

const uuid = v.pipe(v.string(), v.uuid());

export function importingHandlers(context: TrainerContext): Handlers<ImportingCalls> {
  const { ports, device, holder, library, importer, guests, turns } = context;

  async function take(): Promise<{ guests: string[] }> {
    const { offer, files } = importer.take();
    if (offer.kind !== 'run') {
      const entries = offer.guests.map(({ guest, from }) => ({ guest, source: sourceOf(files, from) }));
      return { guests: await guests.keep(entries) };
    }
    await takeRun(offer.run);
    return { guests: [] };
  }

  async function takeRun(read: KeptRun): Promise<void> {
    device.backend();
    const { runs, aside } = await ports.store.list();
    // This run may have gone on since: the imported one stands beside it.
    const taken = [...runs, ...aside].some(({ run }) => run === read.run);
    const name = taken ? `${read.name} (imported)` : read.name;
    // A queue knows its runs by what they are of, which is not for a file to say.
    const kept = taken || !v.is(uuid, read.run) ? { ...read, run: crypto.randomUUID(), name } : read;
    await loading(context, kept.step, async () => {
      const unlock = await ports.lock(kept.run);
      const session = await holder.take(kept, unlock, { first: () => library.keep(kept) });
      session.announce();
    });
  }

  return {
    // In no turn: a run that goes on does not wait for it, nor does what ends it.
    'import.look': ({ files }) => importer.look(files, device.openBackend ?? ports.estimates),
    'import.take': () => turns.take(take),
    'import.drop'() {
      importer.drop();
      return null;
    },
  };
}
