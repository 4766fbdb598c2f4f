/** The polarity of emoji and emoticons, from -3 to 3. Those that depend on the context are absent. */

const POLARITY = new Map<string, number>();

function add(polarity: number, symbols: string): void {
  for (const symbol of symbols.split(' ')) POLARITY.set(symbol, polarity);
}

add(3, '😍 🥰 😻 💖 💕 💗 💘 💝 💞 ❤ 🧡 💛 💚 💙 💜 🎉 🥳 🏆 🤩 ♥');
add(
  2,
  '😀 😃 😄 😁 😆 😂 🤣 😊 🙂 😇 😋 😎 🤗 😘 😚 😙 👍 👏 🙌 💪 ✨ ⭐ 🌟 🎊 🍀 🌈 🌞 ☀ 😺 😸 😹 👌 🤝 🙏 ✅ 😌 🫶 🤭 🕺 💃 ☺',
);
add(-2, '😞 😔 😟 🙁 ☹ 😕 😣 😖 😫 😩 😢 😥 😰 😨 😧 😦 😿 😒 😤 👎 🤢 🥺 😓 😵 💔 🤦 🙄 😑 🥴 😪 🤒 🤕 ❌ 🥀');
add(-3, '😭 😡 😠 🤬 🤮 😱 👿 💩 😾 🖕 ☠');
add(2, ":) :-) :] =) ;) ;-) :d :-d xd =d 8) :p :-p ;p ;d :o) x) :)) :'d");
add(-2, ":( :-( :[ =( :'( :/ :-/ :\\ :| ;( :(( x( =/");

/** 0 if the token is neither, or says nothing by itself. */
export const emojiPolarity = (token: string): number => POLARITY.get(token) ?? 0;
