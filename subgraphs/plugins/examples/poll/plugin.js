// @ts-check
/** Polls: `/poll Lunch? Pizza, Salad` posts a message with a button for each answer. A later vote replaces an earlier one. */
import { parsePoll, textOf } from './poll.js';

const buttonsOf = (poll, id) =>
  poll.answers.map((label, index) => ({ id: `vote-${index}`, label: label.slice(0, 80), value: `${id}:${index}` }));

/** @type {import('@chat/plugin-api').Plugin} */
export default {
  commands: {
    async poll({ text, channelId }, chat) {
      const { maxAnswers } = await chat.config();
      const poll = parsePoll(text, maxAnswers);
      if (poll.problem !== undefined) return poll.problem;
      const id = `poll-${await chat.storage.increment('polls')}`;
      await chat.storage.set(id, poll);
      await chat.messages.send({ channelId, text: textOf(poll, {}), buttons: buttonsOf(poll, id) });
      return 'Your poll is open.';
    },
  },
  completions: {
    poll: ({ text }) => (text.includes('?') ? [] : [`${text}? Yes, No`]),
  },
  actions: {
    async vote({ value, messageId, user }, chat) {
      const [id, answer] = value.split(':');
      const poll = await chat.storage.get(id);
      if (!poll) return 'This poll is closed.';
      await chat.storage.set(`${id}/${user.id}`, Number(answer));
      const votes = {};
      for (const key of await chat.storage.list(`${id}/`)) votes[key] = await chat.storage.get(key);
      await chat.messages.update({ messageId, text: textOf(poll, votes) });
      return `You voted for ${poll.answers[answer]}.`;
    },
  },
};
