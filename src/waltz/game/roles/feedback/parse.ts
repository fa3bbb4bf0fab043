import type { ChatFormat } from '../../../../chat/chat-format';
import type { Feedback } from '../../../../task/feedback-format';
import type { Task } from '../../../../task/task';

/** Advice that is longer than the task's limit is not well-formed either: the buffers of a revision are planned by it. */
export async function parseFeedback(
  text: string,
  { task, format }: { task: Pick<Task, 'limits' | 'feedback'>; format: Pick<ChatFormat, 'length'> },
): Promise<Feedback | null> {
  const parsed = task.feedback.parse(text);
  return parsed && (await format.length(parsed.feedback)) <= task.limits.advice ? parsed : null;
}
