import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { duration } from "../common/time.js";

/**
 * @typedef {import("../../../sdk/js/src/index.js").Attachment} Attachment
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 */

/** The player that plays; another one that starts pauses it. @type {HTMLAudioElement | undefined} */
let playing;

/**
 * Returns a player of an audio file: a button, the waveform as a slider, and the time.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {ShownMessage} message
 * @param {Attachment} attachment
 */
export function audioPlayer(chat, message, { file_id = "", name = "Audio", caption, ...media }) {
  const audio = new Audio();
  const label = caption ?? name;
  const play = el("button", { class: "icon-button audio-play", type: "button" });
  const seek = el("input", {
    class: "audio-seek",
    type: "range",
    min: 0,
    max: 1000,
    value: 0,
    "aria-label": `Position in ${label}`,
  });
  const time = el("span", { class: "audio-time", text: duration(media.duration_ms ?? 0) });
  const bars = waveform(media.waveform ?? []);
  const total = () =>
    Number.isFinite(audio.duration) ? audio.duration : (media.duration_ms ?? 0) / 1_000;
  const show = () => {
    const part = total() > 0 ? audio.currentTime / total() : 0;
    seek.value = String(Math.round(part * 1_000));
    bars.show(part);
    const ms = audio.currentTime > 0 ? audio.currentTime * 1_000 : total() * 1_000;
    time.textContent = duration(ms);
    play.replaceChildren(icon(audio.paused ? "play" : "pause"));
    play.setAttribute("aria-label", `${audio.paused ? "Play" : "Pause"} ${label}`);
  };
  const toggle = async () => {
    if (!audio.paused) return audio.pause();
    if (audio.src === "" || audio.error) {
      audio.src = await chat.links.url({ file_id, message_id: message.id });
    }
    if (playing !== audio) playing?.pause();
    playing = audio;
    await audio.play();
  };
  play.addEventListener("click", () => void chat.try(toggle));
  seek.addEventListener("input", () => {
    audio.currentTime = (Number(seek.value) / 1_000) * total();
  });
  for (const event of ["timeupdate", "play", "pause", "ended"]) audio.addEventListener(event, show);
  show();
  return el(
    "div",
    { class: "attachment audio", role: "group", "aria-label": label },
    play,
    el("span", { class: "audio-track" }, bars.element, seek),
    time,
  );
}

/** @param {number[]} values from 0 to 100 */
function waveform(values) {
  const bars = values.map((value) => {
    const bar = el("span", { class: "audio-bar" });
    bar.style.height = `${Math.max(8, value)}%`;
    return bar;
  });
  return {
    element: el("span", { class: "audio-bars", "aria-hidden": "true" }, ...bars),
    /** Marks the part that was played. @param {number} part */
    show: (part) =>
      bars.forEach((bar, index) =>
        bar.toggleAttribute("data-played", index < Math.round(part * bars.length)),
      ),
  };
}
