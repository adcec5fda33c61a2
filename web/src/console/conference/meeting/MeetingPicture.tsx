/** The meeting as a picture (SVG): who was there from when to when, who waited, what was recorded. */
import { Button, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconDownload } from "@tabler/icons-react";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Card, duration } from "../../../ui";
import styles from "./meeting.module.css";
import { type Picture, ticks } from "./picture";

const LINE = 36;
const HEAD = 28;
const NAMES = 160;
const NAMES_NARROW = 104;
const END = 16;
const TICK = 96;
const COLOURS = ["--sw-card", "--sw-line", "--sw-soft", "--sw-info", "--sw-wait", "--sw-bad", "--mantine-color-text"];

export function MeetingPicture({ picture, name }: { picture: Picture; name: string }) {
  const { t, i18n } = useTranslation("conference");
  const { ref, width } = useElementSize();
  const svg = useRef<SVGSVGElement>(null);
  const wide = Math.max(280, width);
  const names = wide < 560 ? NAMES_NARROW : NAMES;
  const span = picture.to - picture.from;
  const x = (time: number) => names + ((time - picture.from) / span) * (wide - names - END);
  const height = HEAD + picture.rows.length * LINE + LINE;
  const clock = useMemo(
    () => new Intl.DateTimeFormat(i18n.language, { timeStyle: span < 300 ? "medium" : "short" }),
    [i18n.language, span],
  );
  const bottom = HEAD + picture.rows.length * LINE;
  return (
    <Card
      title={t("meeting.picture")}
      actions={
        <Button
          variant="subtle"
          color="gray"
          mih={44}
          leftSection={<IconDownload size={18} />}
          onClick={() => svg.current && save(svg.current, name)}
        >
          SVG
        </Button>
      }
    >
      <div ref={ref}>
        <svg
          ref={svg}
          width={wide}
          height={height}
          viewBox={`0 0 ${wide} ${height}`}
          role="img"
          aria-label={t("meeting.pictureAbout", { name, count: picture.rows.length })}
          className={styles.picture}
          fontSize={13}
        >
          {ticks(picture.from, picture.to, (wide - names) / TICK).map((time) => (
            <g key={time}>
              <line x1={x(time)} x2={x(time)} y1={HEAD - 6} y2={height} stroke="var(--sw-line)" />
              <text x={x(time)} y={HEAD - 12} textAnchor="middle" fill="var(--sw-soft)">
                {clock.format(time * 1000)}
              </text>
            </g>
          ))}
          {picture.rows.map((row, place) => (
            <g key={row.key}>
              <text x={0} y={HEAD + place * LINE + 23} fill="var(--mantine-color-text)">
                <title>{row.name}</title>
                {shortened(row.name, names)}
              </text>
              {row.spans.map((one) => (
                <rect
                  key={`${one.from} ${String(one.inside)}`}
                  x={x(one.from)}
                  y={HEAD + place * LINE + (one.inside ? 8 : 14)}
                  width={Math.max(2, x(one.to) - x(one.from))}
                  height={one.inside ? 20 : 8}
                  rx={4}
                  fill={one.inside ? "var(--sw-info)" : "var(--sw-wait)"}
                >
                  <title>
                    {`${row.name}: ${t(one.inside ? "meeting.inside" : "meeting.waited")} ${duration(one.to - one.from)}`}
                  </title>
                </rect>
              ))}
            </g>
          ))}
          <text x={0} y={bottom + 23} fill="var(--sw-soft)">
            {picture.recorded.length > 0 && t("meeting.recorded")}
          </text>
          {picture.recorded.map((one) => (
            <rect
              key={one.from}
              x={x(one.from)}
              y={bottom + 15}
              width={Math.max(2, x(one.to) - x(one.from))}
              height={6}
              rx={3}
              fill="var(--sw-bad)"
            />
          ))}
        </svg>
      </div>
      <Group gap="lg" mt="xs">
        <Legend colour="var(--sw-info)" word={t("meeting.inside")} />
        <Legend colour="var(--sw-wait)" word={t("meeting.waited")} />
        {picture.recorded.length > 0 && <Legend colour="var(--sw-bad)" word={t("meeting.recorded")} />}
      </Group>
    </Card>
  );
}

function Legend({ colour, word }: { colour: string; word: string }) {
  return (
    <Group gap={8}>
      <span className={styles.swatch} style={{ background: colour }} aria-hidden />
      <Text size="sm" c="dimmed">
        {word}
      </Text>
    </Group>
  );
}

const SIGN = 7.2;

function shortened(name: string, width: number): string {
  const most = Math.floor((width - 12) / SIGN);
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

/** As a file, with the colours of the page. */
function save(picture: SVGSVGElement, name: string): void {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const page = getComputedStyle(picture);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("font-family", "system-ui, sans-serif");
  let text = new XMLSerializer().serializeToString(copy);
  for (const colour of COLOURS) text = text.replaceAll(`var(${colour})`, page.getPropertyValue(colour).trim());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = `${name}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
