import type { ChartData } from '../chart-data.ts';
import type { ListData } from '../list-data.ts';
import { drawCharts } from './charts.ts';
import { showList } from './list.ts';
import { unfoldOnPaper } from './paper.ts';

const data: { charts: ChartData; list: ListData } = JSON.parse(document.getElementById('data')?.textContent ?? '{}');
showList(data.list);
drawCharts(data.charts);
unfoldOnPaper('details.data');
