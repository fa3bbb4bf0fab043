/** The worker of one guest's tokenizer and chat template, which are anyone's: it holds nothing else, and can be ended at any time. */
import { answerCalls, carryOut } from '../answering';
import type { ChatCalls } from '../protocol/chat';
import { chatHandlers } from './handlers';

const handlers = chatHandlers();
answerCalls<ChatCalls>((question) => carryOut<ChatCalls, keyof ChatCalls>(handlers, question.kind, question));
