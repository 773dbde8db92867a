import type { ActionContext, ActionSpec } from '../action.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { INSTANCE_DEFAULTS } from '../fleet.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { filtersOf, integerOf, stringsOf } from './parameters.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
const FILTERS = {
  limits: { filters: 10, values: 5 },
  codes: {
    unknown: 'InvalidFilter',
    tooManyFilters: 'InvalidParameterValue.LimitExceeded',
    tooManyValues: 'InvalidFilterValue.LimitExceeded',
  },
};

/** An image as the fleet implies it: every image that an instance of the region was made from, and the default one. */
interface Image {
  readonly imageId: string;
  readonly osName: string;
}

const IMAGE_TYPE = 'PUBLIC_IMAGE';

const platformOf = ({ osName }: Image): string => osName.split(' ')[0] ?? '';

const FIELDS: FilterFields<Image> = {
  fields: {
    'image-id': (it) => [it.imageId],
    'image-type': () => [IMAGE_TYPE],
    'image-name': (it) => [it.osName],
    platform: (it) => [platformOf(it)],
    'tag-key': () => [],
    'tag-value': () => [],
  },
  tagsOf: () => ({}),
  others: ['dedicated-cluster-id', 'cdc-cache-status'],
};

/** CVM `DescribeImages`, version 2017-03-12: by ids or by filters, in pages. */
export const describeImages: ActionSpec = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: {
    ImageIds: 'strings',
    Filters: 'filters',
    Offset: 'integer',
    Limit: 'integer',
    InstanceType: 'string',
  },
  required: [],
  run: describe,
};

function describe(context: ActionContext): Outcome {
  const values = context.params.values;
  const ids = stringsOf(values, 'ImageIds') ?? [];
  const filters = filtersOf(values, 'Filters') ?? [];
  const offset = integerOf(values, 'Offset') ?? 0;
  const limit = integerOf(values, 'Limit') ?? DEFAULT_LIMIT;
  if (ids.length > 0 && filters.length > 0) {
    const message = '`ImageIds` and `Filters` can not be specified at the same time.';
    return refuse(invalidParameter('InvalidParameter.InvalidParameterCoexistImageIdsFilters', message));
  }
  const refused = checkPage(offset, limit) ?? checkFilters(filters, FIELDS, FILTERS);
  if (refused !== null) return refuse(refused);
  const all = imagesOf(context);
  const unknown = ids.find((id) => !all.some((image) => image.imageId === id));
  if (unknown !== undefined) {
    return refuse(invalidParameter('InvalidImageId.NotFound', `The image \`${unknown}\` does not exist.`));
  }
  const found = all.filter((image) =>
    ids.length > 0 ? ids.includes(image.imageId) : passesFilters(image, filters, FIELDS),
  );
  return {
    ok: true,
    body: { TotalCount: found.length, ImageSet: found.slice(offset, offset + limit).map(imageItem) },
  };
}

function checkPage(offset: number, limit: number): Failure | null {
  if (offset < 0) return invalidParameter('InvalidParameterValueOffset', '`Offset` must not be negative.');
  if (limit >= 1 && limit <= MAX_LIMIT) return null;
  return invalidParameter('InvalidParameterValueLimit', `\`Limit\` must be from 1 to ${MAX_LIMIT}.`);
}

function imagesOf({ state, account, region }: ActionContext): readonly Image[] {
  const { imageId, osName } = INSTANCE_DEFAULTS;
  const images = new Map<string, Image>([[imageId, { imageId, osName }]]);
  for (const instance of state.visibleTo(account, region)) {
    if (!images.has(instance.imageId)) {
      images.set(instance.imageId, { imageId: instance.imageId, osName: instance.osName });
    }
  }
  return [...images.values()];
}

function imageItem(image: Image): Record<string, unknown> {
  return {
    ImageId: image.imageId,
    OsName: image.osName,
    ImageType: IMAGE_TYPE,
    CreatedTime: null,
    ImageName: image.osName,
    ImageDescription: '',
    ImageSize: 20,
    Architecture: 'x86_64',
    ImageState: 'NORMAL',
    Platform: platformOf(image),
    ImageCreator: null,
    ImageSource: 'OFFICIAL',
    SyncPercent: null,
    IsSupportCloudinit: true,
    SnapshotSet: [],
    Tags: [],
    LicenseType: 'TencentCloud',
  };
}
