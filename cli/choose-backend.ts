/** Which backend computes where none is asked for, and why. */
import { backendOf, type Provenance } from '../src/model/provenance';
import type { BackendChoice, BackendKind } from './compute-options';

/** Milliseconds of a short piece of work (`timeBackend`). */
export type Speeds = Record<BackendKind, number>;

/** What a choice asks of a machine. */
export interface Machine<Opened> {
  /** The best WebGPU adapter. Throws where there is none. */
  adapter(): Promise<{ description: string; software: boolean }>;
  open(kind: BackendKind): Promise<Opened>;
  /** Times one that is opened and closed for it. */
  time(kind: BackendKind): Promise<number>;
  /** What was timed before, beside this adapter. */
  speeds: { read(adapter: string): Speeds | null; write(adapter: string, speeds: Speeds): void };
  /** Hears what takes a while. */
  say(text: string): void;
}

export interface Chosen {
  kind: BackendKind;
  /** In words; empty where it was asked for. */
  why: string;
  /** Null where nothing had to be timed. */
  speeds: Speeds | null;
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const untimed = (kind: BackendKind, why: string): Chosen => ({ kind, why, speeds: null });

/**
 * What was asked for; else what computed a run that goes on; else a GPU; else what is faster, since a software adapter and
 * the CPU backend are the same processor. Whatever is wrong with WebGPU means the CPU.
 */
export async function chooseBackend(
  wanted: BackendChoice['backend'],
  recorded: Provenance | null,
  machine: Omit<Machine<unknown>, 'open'>,
): Promise<Chosen> {
  if (wanted !== 'auto') return untimed(wanted, '');
  // Nothing is recorded of a run that has made no step.
  const before = recorded && recorded.adapter !== '' ? backendOf(recorded) : null;
  if (before === 'CPU') return untimed('cpu', 'as the run so far');
  let adapter;
  try {
    adapter = await machine.adapter();
  } catch (error) {
    return untimed('cpu', `no WebGPU: ${wordsOf(error)}`);
  }
  if (before === 'WebGPU') return untimed('webgpu', 'as the run so far');
  if (!adapter.software) return untimed('webgpu', 'a GPU');
  return await faster(adapter.description, machine);
}

async function faster(adapter: string, machine: Omit<Machine<unknown>, 'open'>): Promise<Chosen> {
  let speeds = machine.speeds.read(adapter);
  if (!speeds) {
    machine.say(`Timing the CPU and WebGPU on ${adapter}, once. --backend chooses without.`);
    const cpu = await machine.time('cpu');
    try {
      speeds = { cpu, webgpu: await machine.time('webgpu') };
    } catch (error) {
      return untimed('cpu', `WebGPU on ${adapter} fails: ${wordsOf(error)}`);
    }
    machine.speeds.write(adapter, speeds);
  }
  const [cpu, webgpu] = [speeds.cpu, speeds.webgpu].map((value) => `${value.toPrecision(2)} ms`);
  return speeds.webgpu < speeds.cpu
    ? { kind: 'webgpu', why: `faster here than the CPU: ${webgpu} and ${cpu}`, speeds }
    : { kind: 'cpu', why: `faster here than WebGPU on ${adapter}: ${cpu} and ${webgpu}`, speeds };
}

/** Opens what is chosen, or the CPU where WebGPU was nobody's wish and does not open. Throws what `open` throws. */
export async function openChosen<Opened>(
  wanted: BackendChoice['backend'],
  recorded: Provenance | null,
  machine: Machine<Opened>,
): Promise<{ opened: Opened; chosen: Chosen }> {
  const chosen = await chooseBackend(wanted, recorded, machine);
  try {
    return { opened: await machine.open(chosen.kind), chosen };
  } catch (error) {
    if (wanted !== 'auto' || chosen.kind === 'cpu') throw error;
    return { opened: await machine.open('cpu'), chosen: untimed('cpu', `no WebGPU: ${wordsOf(error)}`) };
  }
}
