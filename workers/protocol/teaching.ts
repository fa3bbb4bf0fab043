/** What crosses between the page and the worker that teaches a guest: calls, each answered once, and what it says meanwhile. */
import type { LessonPlan } from '../../src/lab/teaching/plan';
import type { LessonSettings } from '../../src/lab/teaching/settings';

/** A guest that is to learn. */
export interface Pupil {
  name: string;
  /** Tokens that it reads at most. */
  longest: number;
  /** To begin with. */
  settings: LessonSettings;
}

/** What is to be learned, and how. Two that differ in anything are two lessons. */
export interface LessonTask {
  text: string;
  settings: LessonSettings;
}

export interface TeachingCalls {
  /** Once, and first. */
  'teaching.open': { asked: { guest: string }; answer: Pupil };
  /** The text of a file. */
  'teaching.read': { asked: { file: Blob }; answer: string };
  'teaching.plan': { asked: { task: LessonTask }; answer: LessonPlan };
  /** Begins a lesson, up to its first measurement. */
  'teaching.measure': { asked: { task: LessonTask }; answer: null };
  /** Begins a lesson or goes on with it; answered when it has ended or paused. */
  'teaching.learn': { asked: { task: LessonTask }; answer: null };
  /** Takes effect at the next step, or within a measurement. */
  'teaching.pause': { asked: object; answer: null };
  /** Forgets the lesson and frees the GPU. */
  'teaching.drop': { asked: object; answer: null };
  /** Keeps the model as the lesson has left it, beside the one it was. */
  'teaching.keep': { asked: object; answer: { guest: string; name: string } };
}

export type TeachingNews =
  /** Kernels that are compiled. */
  | { kind: 'preparing'; done: number; total: number }
  /** Sequences that are measured. */
  | { kind: 'measuring'; done: number; total: number }
  /** Mean losses in nats a token after so many steps; of the training part before the first and after the last. */
  | { kind: 'measured'; step: number; heldOut: number; training: number | null }
  /** Mean loss of a step's sequences before it. */
  | { kind: 'learned'; step: number; loss: number }
  /** Something failed: the lesson is where it was after this step, and can go on or be kept from there. */
  | { kind: 'stands'; step: number };
