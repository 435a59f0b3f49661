// What the page itself says; everything else is said by people and by the bot.

const WORDS = {
  en: {
    you: "You are", faults: "⚡ Faults", thread: "Thread", calls: "The bot's last calls",
    channels: "Channels", direct: "Direct messages", messages: "Messages", home: "Home",
    write: "Message {place}", reply: "Reply… (no mention needed)", send: "Send", attach: "Attach a file",
    replies: "{n} replies", one_reply: "1 reply", edited: "(edited)", private: "Only visible to you",
    react: "React with {name}", open_thread: "Reply in thread", edit: "Edit", delete: "Delete", stop: "■ Stop",
    save: "Save", cancel: "Cancel", submit: "Submit", close: "Close", optional: "(optional)",
    connected: "bot connected", away: "bot not connected", lost: "The page has lost the connection to its server.",
    tombstone: "This message was deleted.", members: "{n} members", shared: "shared with another organisation",
    empty_home: "The bot has not set up its Home tab.", empty: "Nothing here yet.",
    welcome: "Ask the bot something", about: "Everything on this page runs on this machine: the workspace, the bot, its documents. Ask in either language, vote, follow up in the thread, or break something on purpose with ⚡.",
    make: "Inject fault", mend: "Clear all", cut: "Cut the connection", times: "times", none: "No faults are waiting.",
    waiting: "{method}: {kind}, {n} more", command_in_thread: "Slash commands cannot be used in threads. Mention the bot instead: @kotae help",
    operation_timeout: "The bot did not answer in time.", dispatch_failed: "The bot could not handle that.", already_reacted: "You have already reacted.",
    confirm_delete: "Delete this message?", light: "Light", dark: "Dark",
    guest: "guest", external: "external", admin: "admin", attached: "Attached: {name}",
    actions: "Actions", unread: "{n} unread", no_mention: "Without @{name}, only people will read this.",
    workflow: "⚙ Workflow", workflow_about: "Runs the step “Ask Kotae” as a workflow would, and shows what the workflow gets.",
    step_question: "Question", step_channel: "Channel for the answer", step_person: "Run by", step_run: "Run the step",
    step_alone: "none: only to the workflow", step_nobody: "nobody (scheduled)", step_running: "Running…", step_failed: "The workflow ends with an error:",
    output_answer: "Answer with sources", output_text: "Answer as text", output_status: "Status", output_link: "Link",
    tour_close: "Close the tour", tour_ask: "Ask something that the documents answer.", tour_ask_go: "Ask it",
    tour_unknown: "Ask something that they do not answer.", tour_unknown_go: "Ask it",
    tour_expert: "The bot asks the expert. Be the expert, and answer.", tour_expert_go: "Be the expert",
    tour_reply: "You are {name}, the expert. Reply in the thread, then press “Save to knowledge” and save.", tour_reply_go: "Show the thread",
    tour_again: "It is saved. Ask again: the bot answers from your reply.", tour_again_go: "Ask again",
  },
  ja: {
    you: "操作する人", faults: "⚡ 障害を起こす", thread: "スレッド", calls: "ボットの最近の API 呼び出し",
    channels: "チャンネル", direct: "ダイレクトメッセージ", messages: "メッセージ", home: "ホーム",
    write: "{place} へのメッセージ", reply: "返信する…（メンション不要）", send: "送信", attach: "ファイルを添付",
    replies: "{n} 件の返信", one_reply: "1 件の返信", edited: "（編集済み）", private: "あなただけに表示されています",
    react: "{name} でリアクション", open_thread: "スレッドで返信", edit: "編集", delete: "削除", stop: "■ 停止",
    save: "保存", cancel: "キャンセル", submit: "送信", close: "閉じる", optional: "（任意）",
    connected: "ボット接続中", away: "ボット未接続", lost: "このページとサーバーの接続が切れました。",
    tombstone: "このメッセージは削除されました。", members: "{n} 人", shared: "ほかの組織と共有",
    empty_home: "ボットはホームタブをまだ用意していません。", empty: "まだ何もありません。",
    welcome: "ボットに質問してみましょう", about: "このページはすべてこのパソコンの中で動いています。ワークスペースもボットも資料もここだけです。日本語でも英語でも質問できます。回答を評価したり、スレッドで続けて質問したり、⚡ でわざと障害を起こしたりしてみてください。",
    make: "障害を起こす", mend: "すべて取り消す", cut: "接続を切る", times: "回", none: "待機中の障害はありません。",
    waiting: "{method}: {kind}、あと {n} 回", command_in_thread: "スラッシュコマンドはスレッドでは使えません。代わりにメンションしてください: @kotae help",
    operation_timeout: "ボットが時間内に応答しませんでした。", dispatch_failed: "ボットが受け付けられませんでした。", already_reacted: "すでに実行済みです。",
    confirm_delete: "このメッセージを削除しますか？", light: "ライト", dark: "ダーク",
    guest: "ゲスト", external: "社外", admin: "管理者", attached: "添付: {name}",
    actions: "操作", unread: "未読 {n} 件", no_mention: "@{name} を付けないと、ボットには届きません（人だけが読みます）。",
    workflow: "⚙ ワークフロー", workflow_about: "ステップ「Ask Kotae」をワークフローのように実行し、ワークフローが受け取るものを表示します。",
    step_question: "質問", step_channel: "回答するチャンネル", step_person: "実行する人", step_run: "ステップを実行",
    step_alone: "なし（ワークフローだけに渡す）", step_nobody: "なし（予定実行）", step_running: "実行中…", step_failed: "ワークフローはエラーで終了します:",
    output_answer: "出典付きの回答", output_text: "回答のテキスト", output_status: "結果", output_link: "リンク",
    tour_close: "ツアーを閉じる", tour_ask: "資料に答えがある質問をします。", tour_ask_go: "質問する",
    tour_unknown: "今度は、資料に答えがない質問をします。", tour_unknown_go: "質問する",
    tour_expert: "ボットが担当者に尋ねます。担当者になって答えます。", tour_expert_go: "担当者になる",
    tour_reply: "いまは担当者の {name} です。スレッドで返信し、「ナレッジに保存」を押して保存します。", tour_reply_go: "スレッドを表示",
    tour_again: "保存されました。もう一度質問すると、ボットがその返信をもとに答えます。", tour_again_go: "もう一度質問",
  },
};

const kept = localStorage.getItem("language");
let chosen = WORDS[kept] ? kept : navigator.language.startsWith("ja") ? "ja" : "en";

export const language = () => chosen;

export function speak(next) {
  chosen = next;
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
}

export function say(key, values = {}) {
  const text = WORDS[chosen][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const FAULTS = [
  ["chat.update", "ratelimited", "429: chat.update"],
  ["chat.postMessage", "ratelimited", "429: chat.postMessage"],
  ["chat.postMessage", "reset_after", "chat.postMessage ✂ (posted, reply lost)"],
  ["chat.postMessage", "reset_before", "chat.postMessage ✂ (not posted)"],
  ["chat.update", "internal_error", "500: chat.update"],
  ["*", "unavailable", "503: *"],
  ["*", "slow", "slow: *"],
];
