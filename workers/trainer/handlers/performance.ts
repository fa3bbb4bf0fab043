import type { Handlers } from '../../protocol/calls';
import type { PerformanceCalls } from '../../protocol/performance';
import { inTurn, type TrainerContext } from '../context';

export function performanceHandlers(context: TrainerContext): Handlers<PerformanceCalls> {
  const { device, holder } = context;
  return {
    'performance.watch': ({ on }) => inTurn(context, () => holder.watch(on)),
    'performance.forget': () => inTurn(context, () => device.backend().forgetTuning()),
  };
}
