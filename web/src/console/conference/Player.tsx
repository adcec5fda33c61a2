/** Plays a recording: its waveform is the slider. */
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconDownload, IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { duration, toastFailed } from "../../ui";
import { api } from "../session";
import styles from "./player.module.css";
import { recordingName } from "./recordingWords";
import type { Recording } from "./types";
import { bars, secondsAt, waveformPath } from "./waveform";

const BARS = 240;
const STEP = 5;

export function Player({ recording }: { recording: Recording }) {
  const { t } = useTranslation("conference");
  const sound = useRef<HTMLAudioElement>(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const place = `/api/recordings/${encodeURIComponent(recording.id)}`;
  const peaks = useQuery({
    queryKey: ["peaks", recording.id],
    staleTime: Infinity,
    queryFn: ({ signal }) => api.request<{ seconds: number; peaks: number[] }>(`${place}/peaks`, { signal }),
  });
  const heights = useMemo(() => bars(peaks.data?.peaks ?? [], BARS), [peaks.data]);
  const seconds = peaks.data?.seconds || recording.seconds;
  const name = recordingName(t, recording);

  const seek = (to: number) => {
    const wanted = Math.min(seconds, Math.max(0, to));
    if (sound.current) sound.current.currentTime = wanted;
    setAt(wanted);
  };
  const toggle = async () => {
    if (!sound.current) return;
    if (playing) {
      sound.current.pause();
      return;
    }
    try {
      await sound.current.play();
    } catch {
      toastFailed(t("recordings.notPlayed"));
    }
  };
  return (
    <div className={styles.player}>
      <audio
        ref={sound}
        src={`${place}/audio`}
        preload="none"
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
      />
      <ActionIcon
        variant="filled"
        color="accent"
        radius="xl"
        aria-label={t(playing ? "recordings.pause" : "recordings.play", { name })}
        onClick={() => void toggle()}
      >
        {playing ? <IconPlayerPauseFilled size={20} /> : <IconPlayerPlayFilled size={20} />}
      </ActionIcon>
      <Waveform heights={heights} at={at} seconds={seconds} label={t("recordings.place", { name })} onSeek={seek} />
      <Group gap="sm" wrap="nowrap">
        <Text size="sm" className={styles.time}>
          {duration(at)} / {duration(seconds)}
        </Text>
        <Button
          component="a"
          href={`${place}/audio?download=true`}
          download
          variant="subtle"
          color="gray"
          px={8}
          mih={44}
          leftSection={<IconDownload size={18} />}
          aria-label={t("recordings.downloadWhat", { name })}
        >
          {t("recordings.download")}
        </Button>
      </Group>
    </div>
  );
}

interface WaveformProps {
  heights: readonly number[];
  at: number;
  seconds: number;
  label: string;
  onSeek: (to: number) => void;
}

function Waveform({ heights, at, seconds, label, onSeek }: WaveformProps) {
  const path = useMemo(() => waveformPath(heights), [heights]);
  const width = Math.max(1, heights.length);
  const part = seconds > 0 ? Math.min(1, at / seconds) : 0;
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(secondsAt((event.clientX - box.left) / box.width, seconds));
  };
  const keys: Record<string, number> = {
    ArrowRight: at + STEP,
    ArrowUp: at + STEP,
    ArrowLeft: at - STEP,
    ArrowDown: at - STEP,
    PageUp: at + 6 * STEP,
    PageDown: at - 6 * STEP,
    Home: 0,
    End: seconds,
  };
  const press = (event: KeyboardEvent) => {
    const to = keys[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onSeek(to);
  };
  return (
    <div
      className={styles.wave}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.round(seconds)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={`${duration(at)} / ${duration(seconds)}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove={(event) => event.buttons > 0 && point(event)}
      onKeyDown={press}
    >
      <svg viewBox={`0 0 ${width} 100`} preserveAspectRatio="none" aria-hidden>
        <path d={path} className={styles.rest} />
        <g style={{ clipPath: `inset(0 ${(1 - part) * 100}% 0 0)` }}>
          <rect width={width} height={100} fill="none" />
          <path d={path} className={styles.played} />
        </g>
      </svg>
      <span className={styles.needle} style={{ insetInlineStart: `${part * 100}%` }} />
    </div>
  );
}
