export const agentNames = ['conversation', 'feedback'] as const;
export type AgentName = (typeof agentNames)[number];
/** All that a warm start makes: both agents, and the safeguard that some methods put behind them. */
export const modelNames = [...agentNames, 'safeguard'] as const;
export type ModelName = (typeof modelNames)[number];
