import type { BackendReason, OpenedDevice } from '../../../workers/protocol/device';

const LONGEST = 34;

/** WebGPU played by a processor. */
export const slow = ({ backend, adapter }: OpenedDevice): boolean => backend === 'WebGPU' && adapter.software;

/** What computes, in a few words. */
export function deviceName({ backend, adapter }: OpenedDevice): string {
  const { description, vendor, architecture, software, features } = adapter;
  const name = description || [vendor, architecture].filter((part) => part !== '').join(' ') || 'unnamed adapter';
  // Of a processor the threads are told last.
  if (backend === 'CPU') return `CPU · ${name.split(', ').at(-1) ?? name}`;
  const parts = ['WebGPU', name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name];
  if (software) parts.push('software');
  if (features.includes('shader-f16')) parts.push('f16');
  return parts.join(' · ');
}

/** The same with all that is known of it. */
export function deviceWords(device: OpenedDevice): string {
  const { backend, adapter, reason, selfCheck } = device;
  const sentences = [
    `${backend === 'CPU' ? adapter.description : deviceName(device)}.`,
    reasonWords(reason, backend),
    `Self-check ${selfCheck.passed ? 'passed' : 'failed'}: largest relative error ${selfCheck.worst.toExponential(1)}.`,
    ...(slow(device) ? ['A software adapter: everything works, slowly.'] : []),
    ...(adapter.features.length > 0 ? [`Features: ${adapter.features.join(', ')}.`] : []),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** Why it is this backend, as a sentence. */
export function reasonWords(reason: BackendReason, backend: string): string {
  switch (reason.kind) {
    case 'wished':
      return 'You chose it.';
    case 'hardware':
      return '';
    case 'unavailable':
    case 'too small':
      return reason.message;
    case 'timed': {
      const { webgpu, cpu } = reason;
      const [own, other] = backend === 'CPU' ? [cpu, webgpu] : [webgpu, cpu];
      const name = backend === 'CPU' ? 'a GPU that the processor plays' : 'ONNX Runtime on the processor';
      return `Faster here than ${name}: a short piece of training took ${time(own)}, and there ${time(other)}.`;
    }
  }
}

const time = (milliseconds: number) => (Number.isFinite(milliseconds) ? `${milliseconds.toFixed(0)} ms` : 'for ever');
