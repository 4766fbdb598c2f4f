// @ts-check
/** Formats webhooks of GitHub and of systems that send the same. Events that it does not know are ignored. */

const MAX_COMMITS = 5;

/** Other people's words are no Markdown of ours. */
const plain = (text) =>
  String(text ?? '')
    .replace(/[\\`*_{}[\]()<>#+!|~@]/g, '\\$&')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);

const link = (label, url) => (/^https?:\/\/[^\s()<>]+$/.test(url ?? '') ? `[${plain(label)}](${url})` : plain(label));

const FORMATS = {
  push({ ref = '', commits = [], compare, pusher, repository }) {
    if (commits.length === 0) return undefined;
    const lines = commits
      .slice(0, MAX_COMMITS)
      .map(({ id, message, url }) => `- ${link(String(id).slice(0, 7), url)} ${plain(String(message).split('\n')[0])}`);
    if (commits.length > MAX_COMMITS) lines.push(`- and ${commits.length - MAX_COMMITS} more`);
    const branch = plain(ref.replace(/^refs\/heads\//, ''));
    const count = commits.length === 1 ? '1 commit' : `${commits.length} commits`;
    return `**${plain(repository?.full_name)}** ${plain(pusher?.name)} pushed ${link(count, compare)} to ${branch}\n${lines.join('\n')}`;
  },
  pull_request: ({ action, pull_request: pull, repository, sender }) =>
    ['opened', 'closed', 'reopened'].includes(action)
      ? `**${plain(repository?.full_name)}** ${plain(sender?.login)} ${pull.merged ? 'merged' : action} pull request ${link(`#${pull.number} ${pull.title}`, pull.html_url)}`
      : undefined,
  issues: ({ action, issue, repository, sender }) =>
    ['opened', 'closed', 'reopened'].includes(action)
      ? `**${plain(repository?.full_name)}** ${plain(sender?.login)} ${action} issue ${link(`#${issue.number} ${issue.title}`, issue.html_url)}`
      : undefined,
  release: ({ action, release, repository }) =>
    action === 'published'
      ? `**${plain(repository?.full_name)}** released ${link(release.name || release.tag_name, release.html_url)}`
      : undefined,
  ping: ({ repository }) => `**${plain(repository?.full_name)}** is connected.`,
};

/** @type {import('@chat/plugin-api').Plugin} */
export default {
  async webhook({ headers, body }, chat) {
    const event = headers['x-github-event'] ?? headers['x-gitea-event'] ?? '';
    const text = Object.hasOwn(FORMATS, event) ? FORMATS[event](body) : undefined;
    if (!text) return 'ignored';
    const { channelId } = await chat.config();
    if (channelId === '') throw new Error('Set channelId in the configuration of the plugin.');
    await chat.messages.send({ channelId, text });
    return 'sent';
  },
};
