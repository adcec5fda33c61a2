/** Which microphone, loudspeaker and ringer, how loud they are, and whether they work. */
import { Button, NativeSelect, Switch } from "@mantine/core";
import { IconBell, IconChevronLeft, IconEar, IconPlayerPlay } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Meter } from "../adapters/audio";
import type { ChosenDevices } from "../adapters/settings";
import { microphoneFailure } from "../engine/failures";
import type { Failure } from "../engine/model";
import { usePhone, useRunningPhone } from "../PhoneContext";
import { useNotificationPermission } from "./notify-permission";
import { Level } from "./parts";
import { Problem } from "./problems";

export function AudioScreen({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { call } = usePhone();
  const { audio, settings, engine, info } = useRunningPhone();
  const chosen = useSyncExternalStore(settings.subscribe, () => settings.chosen);
  const { devices, failure, read } = useMicrophoneMeter(chosen.microphone);
  const [permission, ask] = useNotificationPermission();
  const choose = (patch: Partial<ChosenDevices>): void => {
    settings.choose(patch);
    if (patch.microphone !== undefined || patch.processing !== undefined) void engine.changeMicrophone();
  };
  const named = (kind: MediaDeviceKind) => [
    { value: "", label: t("audio.system") },
    ...devices.filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default").map((device) => ({ value: device.deviceId, label: device.label || t("audio.unnamed") })),
  ];
  const outputs = "setSinkId" in HTMLMediaElement.prototype;
  return (
    <section className="swp-sheet" aria-label={t("menu.audio")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("menu.audio")}</h2>
      </div>
      <div className="swp-form">
        {failure && <Problem failure={failure} />}
        <NativeSelect label={t("audio.microphone")} data={named("audioinput")} value={chosen.microphone} onChange={(event) => choose({ microphone: event.currentTarget.value })} />
        <Level read={read} label={t("audio.level")} />
        <Switch label={t("audio.processing")} description={t("audio.processingHint")} checked={chosen.processing} onChange={(event) => choose({ processing: event.currentTarget.checked })} />
        <div className="swp-pair">
          <NativeSelect label={t("audio.speaker")} disabled={!outputs} data={named("audiooutput")} value={chosen.speaker} onChange={(event) => choose({ speaker: event.currentTarget.value })} />
          <Button variant="default" aria-label={t("audio.testSpeaker")} title={t("audio.testSpeaker")} onClick={() => audio.test("speaker")}>
            <IconPlayerPlay size={18} aria-hidden />
          </Button>
        </div>
        <div className="swp-pair">
          <NativeSelect label={t("audio.ringer")} disabled={!outputs} data={named("audiooutput")} value={chosen.ringer} onChange={(event) => choose({ ringer: event.currentTarget.value })} />
          <Button variant="default" aria-label={t("audio.testRinger")} title={t("audio.testRinger")} onClick={() => audio.test("ringer")}>
            <IconPlayerPlay size={18} aria-hidden />
          </Button>
        </div>
        <label className="swp-range">
          <span>{t("audio.volume")}</span>
          <input type="range" min={0} max={1} step={0.05} value={chosen.ringVolume} onChange={(event) => choose({ ringVolume: Number(event.currentTarget.value) })} />
        </label>
        <Button variant="default" leftSection={<IconEar size={18} aria-hidden />} onClick={() => call(info.echo)}>
          {t("menu.echo", { number: info.echo })}
        </Button>
        {permission === "default" && (
          <Button variant="default" leftSection={<IconBell size={18} aria-hidden />} onClick={ask}>
            {t("menu.notify")}
          </Button>
        )}
        {permission === "denied" && <p className="swp-note">{t("audio.notifyDenied")}</p>}
      </div>
    </section>
  );
}

/** Opens the microphone while the screen is shown: names of devices are known only then. */
function useMicrophoneMeter(wanted: string) {
  const { media, audio } = useRunningPhone();
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);
  const meter = useRef<Meter | null>(null);
  useEffect(() => {
    let gone = false;
    let close = (): void => undefined;
    const list = (): void => {
      navigator.mediaDevices.enumerateDevices().then(setDevices, () => undefined);
    };
    media.open().then(
      (microphone) => {
        if (gone) return microphone.close();
        const opened = audio.meter(microphone.stream);
        meter.current = opened;
        close = () => {
          opened.close();
          microphone.close();
        };
        setFailure(null);
        list();
      },
      (error: unknown) => setFailure(microphoneFailure(error, null)),
    );
    navigator.mediaDevices.addEventListener("devicechange", list);
    return () => {
      gone = true;
      meter.current = null;
      close();
      navigator.mediaDevices.removeEventListener("devicechange", list);
    };
  }, [media, audio, wanted]);
  const read = useCallback(() => meter.current?.level() ?? 0, []);
  return { devices, failure, read };
}
