// @ts-check
/** Greets people: `/greet Ada` in private, and with a button for everybody. */

/** @type {import('@chat/plugin-api').Plugin} */
export default {
  commands: {
    async greet({ text }, chat) {
      const { greeting } = await chat.config();
      const count = await chat.storage.increment('greetings');
      return {
        text: `${greeting} ${text || 'everybody'}! (${count})`,
        visibility: 'channel',
        buttons: [{ id: 'wave', label: 'Wave back', value: text }],
      };
    },
  },
  actions: {
    wave: ({ value, user }) => `${user.id} waves to ${value || 'everybody'}.`,
  },
  events: {
    async messageAdded({ message, channelId }, chat) {
      if (message.text === 'hello?') await chat.messages.send({ channelId, text: 'Hello!' });
    },
  },
};
