import type { Agent, Completion } from '../../model/agent';

/** The same agent, which remembers its last completions: a batch whose judge failed is judged again without being written again. */
export function rememberLast(agent: Pick<Agent, 'generate'>): Pick<Agent, 'generate'> {
  let last: { asked: string; completions: Completion[] } | null = null;
  return {
    async generate(prompts, options) {
      const asked = JSON.stringify([prompts, options]);
      if (last?.asked !== asked) last = { asked, completions: await agent.generate(prompts, options) };
      return last.completions;
    },
  };
}
