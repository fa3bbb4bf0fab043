import type { Handlers } from '../../protocol/calls';
import type { GuestsCalls } from '../../protocol/guests';
import { inTurn, type TrainerContext } from '../context';

export function guestsHandlers(context: TrainerContext): Handlers<GuestsCalls> {
  const { guests } = context;
  return {
    'guests.list': () => guests.list(),
    'guests.rename': ({ guest, name }) => inTurn(context, () => guests.rename(guest, name)),
    'guests.remove': ({ guest }) => inTurn(context, () => guests.remove(guest)),
    'guests.bring-back': ({ guest }) => inTurn(context, () => guests.bringBack(guest)),
  };
}
