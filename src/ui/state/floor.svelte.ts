import type { Prompt } from '../../task/prompt';
import { isSameChoice, type TaskChoice } from '../../task/task-tag';
import { answering, perRole, type RoleName } from '../../waltz/game/roles';
import type { WorkerCalls } from '../../../workers/protocol/calls';
import type {
  CoupleChoice,
  FloorCalls,
  FloorNews,
  ModelChoice,
  OfferedModel,
  PromptReading,
  Seat,
  TaskDescription,
} from '../../../workers/protocol/floor';
import type { DanceSettings } from '../floor/dance-settings';
import { keepDialogues, keptDialogues, type DialogueDocument } from '../floor/document';
import { afterEvent, beginning, type ShownDance } from '../floor/shown-dance';
import { messageOf } from './problem';

/** What the state needs of the worker's client. */
export type FloorWorker = Pick<WorkerCalls<FloorCalls, FloorNews>, 'ask'>;

export type FloorStatus = 'idle' | 'opening' | 'dancing';

/** Side by side at most. */
export const MOST_COUPLES = 2;

/** The floor: who dances, to what, and the dances as they come about. */
export class Floor {
  models = $state.raw<readonly OfferedModel[]>([]);
  worlds = $state.raw<readonly TaskDescription[]>([]);
  couples = $state.raw<readonly CoupleChoice[]>([]);
  prompt = $state('');
  /** What a stranger reads before the prompt; '' for what its template says there. */
  system = $state('');
  maxRounds = $state(1);
  temperature = $state(0.7);
  seed = $state(1);
  reading = $state.raw<PromptReading | null>(null);
  status = $state<FloorStatus>('idle');
  /** What is being opened, while something is. */
  opening = $state('');
  problem = $state('');
  dances = $state.raw<readonly ShownDance[]>([]);
  /** What the dances are to. */
  danced = $state.raw<{ settings: DanceSettings; truth: Prompt | null } | null>(null);
  /** Dialogues in this browser, the newest first. */
  kept = $state.raw<readonly DialogueDocument[]>(keptDialogues());

  readonly #worker: FloorWorker;
  /** Where in `dances` the couples of the current call are, -1 for one that left. */
  #shown: readonly number[] = [];
  #readings = 0;

  /** @param connect opens the worker; `hear` is to be called with its news. */
  constructor(connect: (hear: (news: FloorNews) => void) => FloorWorker) {
    this.#worker = connect((news) => this.#hear(news));
  }

  /** The task whose words prompts are made of: the first conversation agent's. */
  get task(): TaskChoice | null {
    return this.offered(this.couples[0]?.conversation.model)?.task ?? null;
  }

  get world(): TaskDescription | null {
    const { task } = this;
    return this.worlds.find((world) => task !== null && isSameChoice(world.task, task)) ?? null;
  }

  /** Why there cannot be a dance now, or ''. */
  get obstacle(): string {
    if (this.couples.length === 0) return 'the agents are not known yet';
    if (this.prompt.trim() === '') return 'write a prompt first';
    if (!(this.temperature >= 0 && this.temperature <= 2)) return 'the temperature is a number from 0 to 2';
    if (!(Number.isInteger(this.seed) && this.seed >= 0 && this.seed < 2 ** 32)) return 'the seed is a whole number';
    if (this.reading && this.reading.unknown.length > 0) return 'the prompt has words that the agents do not know';
    return '';
  }

  offered(choice: ModelChoice | undefined): OfferedModel | undefined {
    return this.models.find(({ model }) => sameModel(model, choice));
  }

  /** What can take a place. */
  candidates(agent: RoleName): OfferedModel[] {
    return this.models.filter(({ agents }) => agents.includes(agent));
  }

  /** Asks who is there. The kept model `guest` answers where it is; the newest run takes the floor where nobody was chosen. */
  async look(guest: string | null = null): Promise<void> {
    try {
      const { models, tasks } = await this.#worker.ask('floor.models', {});
      this.models = models;
      this.worlds = tasks;
      const known = this.couples.filter(({ conversation, feedback }) =>
        [conversation, feedback].every((seat) => !seat || this.offered(seat.model)),
      );
      this.couples = known.length > 0 ? known : [this.#first()];
      if (guest !== null) this.#invite(guest);
      const [first] = this.world?.sets ?? [];
      if (this.prompt === '' && first) await this.draw(first.name);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** Whether an agent speaks words of a world, which feedback agents and judges read. */
  worldly(seat: Seat): boolean {
    return (this.offered(seat.model)?.task ?? null) !== null;
  }

  /** A stranger dances with nobody, or with the visitor. */
  choose(couple: number, choice: CoupleChoice): void {
    const answers = choice[answering.name];
    const others = this.worldly(answers) ? choice : perRole(() => null);
    const chosen = { ...others, [answering.name]: answers };
    this.couples = this.couples.map((other, i) => (i === couple ? chosen : other));
    void this.read();
  }

  /** The same couple again, for the visitor to change one of the two. */
  compare(): void {
    if (this.couples.length < MOST_COUPLES) this.couples = [...this.couples, this.couples[0]];
  }

  leave(couple: number): void {
    this.couples = this.couples.filter((_, i) => i !== couple);
    this.dances = this.dances.filter((_, i) => i !== couple);
    this.#shown = this.#shown.map((at) => (at === couple ? -1 : at > couple ? at - 1 : at));
  }

  write(prompt: string): void {
    this.prompt = prompt;
    void this.read();
  }

  async draw(set: string): Promise<void> {
    await this.#take((task) => this.#worker.ask('floor.draw', { task, set, seed: random() }));
  }

  async compose(choices: Readonly<Record<string, string>>): Promise<void> {
    await this.#take((task) => this.#worker.ask('floor.compose', { task, choices, seed: random() }));
  }

  /** What the world makes of the prompt; of several readings the last one counts. */
  async read(): Promise<void> {
    const { task } = this;
    const mine = ++this.#readings;
    if (task === null) {
      this.reading = null;
      return;
    }
    try {
      const reading = await this.#worker.ask('floor.read', { task, text: this.prompt });
      if (mine === this.#readings) this.reading = reading;
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  /** All couples, from the first beat on. */
  async dance(): Promise<void> {
    if (this.obstacle !== '') return;
    const { maxRounds, temperature, seed, task } = this;
    // The words of a task have one space between them; to a stranger lines say something.
    const prompt = task === null ? this.prompt.trim() : this.prompt.trim().split(/\s+/).join(' ');
    const system = task === null && this.system.trim() !== '' ? { system: this.system.trim() } : {};
    this.danced = { settings: { prompt, maxRounds, temperature, seed, ...system }, truth: this.reading?.truth ?? null };
    this.dances = this.couples.map((couple) => beginning(couple));
    await this.#dance(
      this.couples.map((_, i) => i),
      [],
    );
  }

  /** One couple again, with a beat in the visitor's words and all before it as they were. */
  async edit(couple: number, at: number, text: string): Promise<void> {
    const { beats } = this.dances[couple];
    const given = [...beats.slice(0, at).map((beat) => beat.text), text];
    const kept = beats.slice(0, at).map((beat) => ({ ...beat, done: true }));
    this.dances = this.dances.map((other, i) => (i === couple ? beginning(other.couple, kept) : other));
    await this.#dance([couple], given);
  }

  async stop(): Promise<void> {
    await this.#worker.ask('floor.stop', {});
  }

  /** The dances on show as a document; null while there are none. */
  document(): DialogueDocument | null {
    if (!this.danced) return null;
    const { settings, truth } = this.danced;
    const nameOf = (seat: Seat | null = null) => seat && (this.offered(seat.model)?.name ?? 'a model that is gone');
    const dances = this.dances.map((dance) => {
      const { conversation, feedback } = dance.couple;
      return { ...dance, names: { conversation: nameOf(conversation)!, feedback: nameOf(feedback) } };
    });
    return { format: 'waltz-dialogue', version: 1, date: new Date().toISOString(), settings, truth, dances };
  }

  keep(): void {
    const dialogue = this.document();
    if (dialogue) this.#keep([dialogue, ...keptDialogues()]);
  }

  forget(dialogue: DialogueDocument): void {
    this.#keep(keptDialogues().filter(({ date }) => date !== dialogue.date));
  }

  /** A kept dialogue on the floor again, in place of what is danced; its couples dance on if they are still there. */
  show({ settings, truth, dances }: DialogueDocument): void {
    if (this.status !== 'idle') void this.stop();
    this.#shown = [];
    this.danced = { settings, truth };
    this.dances = dances;
    const { maxRounds, temperature, seed, prompt, system = '' } = settings;
    Object.assign(this, { maxRounds, temperature, seed, system });
    this.write(prompt);
  }

  /** What another tab kept meanwhile is among them. */
  #keep(dialogues: readonly DialogueDocument[]): void {
    try {
      this.kept = keepDialogues(dialogues);
    } catch {
      this.problem = 'This browser has no room for it, or keeps nothing. Take the dialogue as JSON instead.';
    }
  }

  async #dance(shown: readonly number[], given: readonly string[]): Promise<void> {
    if (!this.danced) return;
    this.#shown = shown;
    this.status = 'dancing';
    this.problem = '';
    const request = { ...this.danced.settings, given };
    const couples = shown.map((i) => this.dances[i].couple);
    try {
      const { runtimes } = await this.#worker.ask('floor.dance', { couples, request });
      runtimes.forEach((each, i) => this.#change(this.#shown[i], (dance) => ({ ...dance, runtimes: each })));
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.status = 'idle';
    this.opening = '';
  }

  #hear(news: FloorNews): void {
    if (news.kind === 'opening') {
      this.status = 'opening';
      this.opening = `the ${news.agent} agent`;
      return;
    }
    this.status = 'dancing';
    this.#change(this.#shown[news.couple], (dance) => afterEvent(dance, news.event));
  }

  /** Nothing where the couple is not on show any more. */
  #change(at: number | undefined, change: (dance: ShownDance) => ShownDance): void {
    this.dances = this.dances.map((dance, i) => (i === at ? change(dance) : dance));
  }

  async #take(ask: (task: TaskChoice) => Promise<Prompt>): Promise<void> {
    const { task } = this;
    if (task === null) return;
    try {
      const { text } = await ask(task);
      this.write(text);
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  #invite(guest: string): void {
    const offered = this.models.find(({ model }) => model.kind === 'guest' && model.guest === guest);
    if (!offered) return;
    const seat: Seat = { model: offered.model, runtime: offered.runtimes[0] };
    const [first] = this.couples;
    const [role] = offered.agents;
    // What was written was for others.
    if (role === answering.name && offered.task === null) this.prompt = '';
    this.choose(0, { ...first, [role]: seat });
  }

  #first(): CoupleChoice {
    const { model } = this.models.find(({ agents }) => agents.length > 1)!;
    const seat: Seat = { model, runtime: 'engine' };
    return perRole(() => seat);
  }
}

const sameModel = (a: ModelChoice | undefined, b: ModelChoice | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** A seed for a draw that nobody has to repeat: the prompt itself is what stays. */
const random = (): number => Math.floor(Math.random() * 2 ** 31);
