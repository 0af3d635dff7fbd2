/**
 * One metric of the namespace `two-eye`, as a line that CloudWatch takes from the log.
 * Source: "Specification: Embedded metric format", CloudWatch user guide.
 */
export function metricLine(
  name: string,
  value: number,
  unit: 'Milliseconds' | 'Count' | 'Seconds',
  dimensions: Readonly<Record<string, string>>,
  at: number,
): string {
  const directive = {
    Namespace: 'two-eye',
    Dimensions: [Object.keys(dimensions)],
    Metrics: [{ Name: name, Unit: unit }],
  };
  return JSON.stringify({ _aws: { Timestamp: at, CloudWatchMetrics: [directive] }, ...dimensions, [name]: value });
}

export function writeMetric(...metric: Parameters<typeof metricLine>): void {
  process.stdout.write(`${metricLine(...metric)}\n`);
}
