// One line per figure: name, measured, target, ratio, conditions. A missed target is printed, never an error.
import { cpus, loadavg } from "node:os";

export function report(name, measured, unit, target, conditions = "") {
  const ratio = target === null ? "" : `ratio ${(measured / target).toFixed(2)}`;
  const verdict = target === null ? "" : measured <= target ? "met" : "MISSED";
  const columns = [
    name.padEnd(52),
    `${measured.toFixed(measured < 10 ? 2 : 1)} ${unit}`.padStart(16),
    (target === null ? "no target" : `target ${target} ${unit}`).padStart(20),
    ratio.padStart(12),
    verdict.padEnd(7),
    conditions,
  ];
  console.log(columns.join("  ").trimEnd());
}

export function conditions() {
  const load = loadavg().map((one) => one.toFixed(1)).join(" ");
  console.log(`# ${new Date().toISOString()}, ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), load ${load}`);
}

export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
