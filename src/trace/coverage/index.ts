export { type Counts, CoverageMap, coverageOf } from "./collect.ts";
export { type CoverageData, type FileCoverage, type FunctionCoverage, mergeCoverage } from "./data.ts";
export { istanbulData, type SourceText, writeHtml } from "./istanbul.ts";
export { lcovText } from "./lcov.ts";
export { annotated } from "./listing.ts";
export {
  KINDS,
  lineRanges,
  type MissedWay,
  missedFunctions,
  missedWays,
  percentOf,
  percentText,
  type Share,
  type Summary,
  summaryOf,
  totalOf,
} from "./summary.ts";
export {
  CoverageError,
  type CoverageMatrix,
  coverageMatrix,
  decodeCoverage,
  encodeCoverage,
  findFile,
  type LineCause,
  mergeTests,
  type TestCoverage,
  whyCovered,
} from "./tests.ts";
