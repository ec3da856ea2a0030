import { DatePicker } from "@mui/x-date-pickers/DatePicker";
import { LocalizationProvider } from "@mui/x-date-pickers/LocalizationProvider";
import { AdapterDayjs } from "@mui/x-date-pickers/AdapterDayjs";
import { enUS, ruRU } from "@mui/x-date-pickers/locales";
import type { PickersLocaleText } from "@mui/x-date-pickers/locales";
import dayjs from "dayjs";
import "dayjs/locale/en-gb";
import "dayjs/locale/ru";
import { CalendarDays } from "lucide-react";
import { type Day, parseDay } from "../format/days.ts";
import { usePreference, language } from "../preferences.ts";
import { useFormat } from "../useFormat.ts";

interface Props {
  label: string;
  value: Day | null;
  max: Day;
  clearable?: boolean;
  onChange: (day: Day | null) => void;
}

const SLOTS = { openPickerIcon: () => <CalendarDays size={17} aria-hidden /> };
const PLAIN = "YYYY-MM-DD";
const TEXTS = { en: textsOf(enUS), ru: textsOf(ruRU) };

function textsOf(locale: typeof enUS): Partial<PickersLocaleText> {
  return locale.components.MuiLocalizationProvider.defaultProps.localeText as PickersLocaleText;
}

/** Picks a plain day. Only in here is it an object of the picker's, whose zone never leaves the field. */
export default function DayField({ label, value, max, clearable = false, onChange }: Props) {
  const chosen = usePreference(language);
  const { locale } = useFormat();
  const adapterLocale = chosen === "ru" ? "ru" : locale === "en-US" || locale === "en" ? "en" : "en-gb";
  return (
    <LocalizationProvider dateAdapter={AdapterDayjs} adapterLocale={adapterLocale} localeText={TEXTS[chosen]}>
      <DatePicker
        label={label}
        value={value ? dayjs(value) : null}
        maxDate={dayjs(max)}
        disableHighlightToday
        slots={SLOTS}
        onAccept={(day) => {
          onChange(day?.isValid() ? parseDay(day.format(PLAIN)) : null);
        }}
        slotProps={{
          textField: { size: "small", sx: { width: { xs: "9.75rem", sm: "10.5rem" } } },
          field: { clearable },
        }}
      />
    </LocalizationProvider>
  );
}
